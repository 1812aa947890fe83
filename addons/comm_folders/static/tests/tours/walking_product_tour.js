import { click } from "@odoo/hoot-dom";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

/** Where the lab's mail server is: test_tour.py puts it there before it starts the tour. */
const lab = () => JSON.parse(browser.sessionStorage.getItem("comm_tour_lab"));

const field = (name) => `.o_form_view .o_field_widget[name=${name}] input`;
const menu = (xmlId) => `.o_menu_sections [data-menu-xmlid="${xmlId}"]`;

function fill(name, value) {
    return { content: `Enter ${name}`, trigger: field(name), run: `edit ${value}` };
}

const newMailbox = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Communication opens with the Manager, which is empty and tells where to begin",
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    {
        trigger: ".o_comm_manager_empty button:contains(My Mailboxes)",
        run: "click",
    },
    {
        trigger: ".o_list_view button:contains(New IMAP), .o_control_panel button:contains(New IMAP)",
        run: "click",
    },
    {
        content: "Only the name is asked for",
        trigger: ".modal .o_field_widget[name=name] input",
        run: "edit Desk",
    },
    {
        content: "Enter is as good as OK",
        trigger: ".modal .o_field_widget[name=name] input",
        run: "press Enter",
    },
];

const properties = () => [
    {
        content: "The properties open under that name",
        trigger: ".o_form_view .o_field_widget[name=name] input:value(Desk)",
    },
    fill("login", lab().login),
    fill("password", lab().password),
    fill("host", lab().host),
    {
        content: "Choose STARTTLS",
        trigger: field("security"),
        run: "click",
    },
    {
        trigger: ".o_select_menu_item:contains(STARTTLS)",
        run: "click",
    },
    {
        content: "The port followed the choice",
        trigger: `${field("port")}:value(143)`,
        run: `edit ${lab().port}`,
    },
];

const checkAndRefresh = () => [
    {
        trigger: ".o_form_view button[name=action_check]",
        run: "click",
    },
    {
        trigger: ".modal .modal-footer button:contains(Start)",
        run: "click",
    },
    {
        content: "All steps passed",
        trigger: ".modal .alert-success:contains(Everything works)",
    },
    {
        trigger: ".modal .o_mailbox_check_steps [data-step=tls]:contains(Certificate for)",
    },
    {
        trigger: ".modal .modal-footer button:contains(Close)",
        run: "click",
    },
    {
        trigger: "body:not(:has(.modal)) .o_form_view button[name=action_refresh_folders]",
        run: "click",
    },
    {
        trigger: ".o_notification:contains(up to date)",
    },
];

const insertIntoStructure = () => [
    {
        trigger: menu("comm_folders.menu_my_structure"),
        run: "click",
    },
    {
        trigger: ".o_comm_places:contains(Nothing here yet)",
    },
    {
        trigger: ".o_comm_offer .o_comm_tree_row:contains(Desk)",
        run: "click",
    },
    {
        trigger: ".o_comm_insert:enabled",
        run: "click",
    },
    {
        content: "It has its place",
        trigger: ".o_comm_places .o_comm_tree_selected:contains(Desk)",
    },
    {
        trigger: ".o_control_panel button:contains(Communication Manager)",
        run: "click",
    },
];

const fetchMail = () => [
    {
        content: "The mailbox brought the folders of its server",
        trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Küche & Bäder)",
    },
    {
        trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Desk)",
        async run({ anchor }) {
            await click(anchor, { button: 2 });
        },
    },
    {
        trigger: ".o_comm_folder_tree_menu .o-dropdown-item:contains(Refresh folder structure)",
    },
    {
        trigger: ".o_comm_folder_tree_menu .o-dropdown-item:contains(Fetch now)",
        run: "click",
    },
    {
        trigger: ".o_notification:contains(2 new messages in “Desk”)",
    },
    {
        trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Inbox) .o_comm_tree_unread:contains(2)",
    },
];

const readMail = () => [
    {
        trigger: ".o_comm_message_unread:contains(Angebot für Ihre Küche):has(.fa-paperclip)",
        run: "click",
    },
    {
        trigger: ".o_comm_message_preview:contains(Jörg Müller)",
    },
    {
        content: "The attachment can be downloaded as it was sent",
        trigger: ".o_comm_attachment:contains(Angebot Nr. 7.pdf)",
        async run({ anchor }) {
            const response = await fetch(anchor.href);
            const text = await response.text();
            const disposition = response.headers.get("Content-Disposition") || "";
            if (text !== lab().attachment || !disposition.startsWith("attachment")) {
                throw new Error(`The download is "${text}" with "${disposition}"`);
            }
        },
    },
    {
        content: "The body stands in a frame that the page cannot reach into, and shows what was written",
        trigger: "iframe.o_comm_message_body",
        async run({ anchor }) {
            if (anchor.getAttribute("sandbox") !== "allow-popups allow-popups-to-escape-sandbox") {
                throw new Error("The frame may do too much");
            }
            if (anchor.contentDocument) {
                throw new Error("The frame shares the origin of the page");
            }
            const body = await (await fetch(anchor.src)).text();
            if (!body.includes("Gesamtpreis: 9.400 €") || /<script|onerror|form /.test(body)) {
                throw new Error(`The body is ${body}`);
            }
        },
    },
    {
        content: "It counts as read",
        trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Inbox) .o_comm_tree_unread:contains(1)",
    },
    {
        trigger: ".o_comm_message_open:not(.o_comm_message_unread)",
    },
];

registry.category("web_tour.tours").add("comm_folders.walking_product", {
    steps: patient(() => [
        ...newMailbox(),
        ...properties(),
        ...checkAndRefresh(),
        ...insertIntoStructure(),
        ...fetchMail(),
        ...readMail(),
    ]),
});
