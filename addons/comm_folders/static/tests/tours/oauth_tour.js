import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

import { fetchOne, signIn } from "@comm_mailboxes/../tests/tours/oauth_tour";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const composer = ".o_comm_composer:not(.o_comm_composer_folded)";

const openInbox = () => [
    stepUtils.showAppsMenuItem(),
    {
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    {
        trigger: '[data-menu-xmlid="comm_mailboxes.menu_my_mailboxes"]',
        run: "click",
    },
    {
        trigger: ".o_data_cell:contains(Inbox of Anna)",
        run: "click",
    },
    {
        trigger: ".o_form_view .o_field_widget[name=name] input:value(Inbox of Anna)",
    },
];

const readAndWrite = () => [
    stepUtils.showAppsMenuItem(),
    {
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    {
        trigger: ".o_comm_message:contains(Hello)",
        run: "click",
    },
    {
        trigger: ".o_comm_preview_subject:contains(Hello)",
    },
    {
        trigger: ".o_comm_new",
        run: "click",
    },
    {
        trigger: `${composer} .o_comm_recipients:eq(0) input`,
        run: "edit customer@example.com",
    },
    {
        trigger: `${composer} .o_comm_composer_subject`,
        run: "edit Written after signing in",
    },
    {
        trigger: `${composer} .o_comm_composer_text > p`,
        run({ anchor }) {
            anchor.textContent = "It is 9.400";
            anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
        },
    },
    {
        trigger: `${composer} .o_comm_composer_send`,
        run: "click",
    },
    {
        trigger: "body:not(:has(.o_comm_composer))",
    },
];

/** test_tour_oauth.py opens the properties of the outgoing mailbox. */
registry.category("web_tour.tours").add("comm_folders.oauth", {
    steps: patient(() => [...signIn(), ...openInbox(), ...signIn(), ...fetchOne(), ...readAndWrite()]),
});
