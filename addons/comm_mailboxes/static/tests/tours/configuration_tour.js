import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "./patient";

const field = (name) => `.o_form_view .o_field_widget[name=${name}] input`;

registry.category("web_tour.tours").add("comm_mailboxes.configuration", {
    steps: patient(() => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
            run: "click",
        },
        {
            trigger: '.o_menu_sections [data-menu-xmlid="comm_mailboxes.menu_basics"]',
            run: "click",
        },
        {
            trigger: '.dropdown-item[data-menu-xmlid="comm_mailboxes.menu_configuration"]',
            run: "click",
        },
        {
            content: "The tab is there, and nothing can be checked yet",
            trigger:
                ".o_form_view:not(:has(button:contains(/^Check$/))) .o_notebook .nav-link.active:contains(Outgoing mailbox)",
        },
        {
            trigger: field("host"),
            run: "edit mail.example.com",
        },
        {
            trigger: field("security"),
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(/^TLS$/)",
            run: "click",
        },
        {
            content: "The port followed the choice",
            trigger: `${field("port")}:value(465)`,
        },
        {
            trigger: ".o_notebook .nav-link:contains(Import and event log)",
            run: "click",
        },
        {
            trigger: field("config_import_limit"),
            run: "edit 42",
        },
        ...stepUtils.saveForm(),
        {
            content: "Which server? asks for what Odoo itself sends",
            trigger: ".o_statusbar_buttons button:contains(Which server?)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=answer]:contains(mail.example.com)",
        },
        {
            trigger: ".modal .o_data_row:contains(Company's outgoing mailbox):contains(sends through mail.example.com)",
        },
        {
            trigger: ".modal .modal-footer button:contains(Close)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_form_saved, .o_form_view:not(:has(.modal))",
        },
    ]),
});
