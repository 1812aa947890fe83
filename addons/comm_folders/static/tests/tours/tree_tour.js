import { click } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const menu = (xmlId) => `.o_menu_sections [data-menu-xmlid="${xmlId}"]`;
const place = (name) => `.o_comm_places .o_comm_tree_row:contains(${name})`;
const row = (name) => `.o_comm_folder_tree .o_comm_tree_row:contains(${name})`;
const item = (name) => `.o_comm_folder_tree_menu .o-dropdown-item:contains(${name})`;

/** On the middle of a row: at the upper edge of a place, something would go before it. */
const dropOn = (target) => (helpers) =>
    helpers.drag_and_drop(target, { position: { top: 16, left: 60 }, relative: true });

const openMenu = (name) => ({
    content: `Right click on ${name}`,
    trigger: row(name),
    async run({ anchor }) {
        await click(anchor, { button: 2 });
    },
});

const insertFromForm = () => [
    stepUtils.showAppsMenuItem(),
    {
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    {
        trigger: ".o_comm_manager_empty button:contains(My Mailboxes)",
        run: "click",
    },
    {
        trigger: ".o_data_row .o_data_cell:contains(Desk)",
        run: "click",
    },
    {
        content: "A mailbox without a place offers to be inserted",
        trigger: ".o_comm_without_place button[name=action_insert_into_mine]",
        run: "click",
    },
    {
        trigger: ".o_notification:contains(is in your folder structure now)",
    },
    {
        trigger: ".o_form_view:not(:has(.o_comm_without_place))",
    },
];

const arrange = () => [
    {
        trigger: menu("comm_folders.menu_my_structure"),
        run: "click",
    },
    {
        trigger: "#o_comm_new_folder",
        run: "edit Drawer",
    },
    {
        trigger: ".o_comm_insert:enabled",
        run: "click",
    },
    {
        trigger: `${place("Drawer")}.o_comm_tree_selected[aria-level="1"]`,
    },
    {
        content: "It is dragged into the mailbox",
        trigger: place("Drawer"),
        run: dropOn(place("Desk")),
    },
    {
        trigger: `${place("Drawer")}[aria-level="2"]`,
    },
    {
        content: "The last step is undone",
        trigger: ".o_comm_undo:enabled",
        run: "click",
    },
    {
        trigger: `${place("Drawer")}[aria-level="1"]`,
        run: "click",
    },
    {
        trigger: ".o_comm_look:enabled",
        run: "click",
    },
    {
        trigger: ".o_comm_icon[data-icon=star]",
        run: "click",
    },
    {
        trigger: ".o_comm_color[data-color='4']",
        run: "click",
    },
    {
        trigger: `${place("Drawer")} .o_comm_tree_icon.fa-star[data-color='4']`,
    },
    {
        trigger: menu("comm_folders.menu_manager"),
        run: "click",
    },
];

const dropMails = () => [
    {
        content: "The look goes along",
        trigger: `${row("Drawer")} .o_comm_tree_icon.fa-star[data-color='4']`,
    },
    {
        trigger: ".o_comm_message:contains(Offer)",
        run: dropOn(row("Drawer")),
    },
    {
        trigger: ".o_notification:contains(Message moved to “Drawer”.) button:contains(Undo)",
        run: "click",
    },
    {
        content: "It is back",
        trigger: ".o_comm_message:contains(Offer)",
    },
    {
        trigger: ".o_comm_message:contains(Offer)",
        run: dropOn(row("Drawer")),
    },
    {
        trigger: ".o_comm_message_list:not(:has(.o_comm_message:contains(Offer)))",
    },
    {
        trigger: ".o_notification:contains(Message moved to “Drawer”.)",
    },
    {
        trigger: row("Drawer"),
        run: "click",
    },
    {
        content: "It lies in the folder made by hand",
        trigger: ".o_comm_list_title:contains(Drawer)",
    },
    {
        trigger: ".o_comm_message:contains(Offer)",
    },
    {
        trigger: row("Inbox"),
        run: "click",
    },
    {
        trigger: ".o_comm_list_title:contains(Inbox)",
    },
    {
        trigger: ".o_comm_message:contains(Plan)",
        run: dropOn(row("Projects")),
    },
    {
        trigger: ".o_notification:contains(Message moved to “Projects”.)",
    },
];

const useMenu = () => [
    openMenu("Projects"),
    {
        trigger: item("New folder"),
        run: "click",
    },
    {
        trigger: ".o_comm_name_dialog input",
        run: "edit Kitchen",
    },
    {
        trigger: ".modal .btn-primary:enabled",
        run: "click",
    },
    {
        trigger: `body:not(:has(.modal)) ${row("Kitchen")}`,
    },
    openMenu("Kitchen"),
    {
        trigger: item("Properties"),
        run: "click",
    },
    {
        trigger: ".modal [data-property=path]:contains(Kitchen)",
    },
    {
        trigger: ".modal .btn-secondary:contains(Close)",
        run: "click",
    },
    openMenu("Projects"),
    {
        trigger: item("Mark all read"),
        run: "click",
    },
    {
        trigger: `${row("Projects")}:not(:has(.o_comm_tree_unread))`,
    },
];

const dropOnShared = (subject) => [
    {
        trigger: `.o_comm_message:contains(${subject})`,
        run: dropOn(row("Team")),
    },
    {
        content: "Who will read it there is told first",
        trigger: ".modal .modal-body:contains(In “Team” it can also be read by: Comm Ben)",
    },
];

registry.category("web_tour.tours").add("comm_folders.shared_drop", {
    steps: patient(() => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
            run: "click",
        },
        {
            content: "It stands in the shared structure",
            trigger: `.o_comm_folder_tree .o_comm_tree_group:contains(Shared folders) ~ .o_comm_tree_row:contains(Team)`,
        },
        ...dropOnShared("Plan"),
        {
            trigger: ".modal .btn:contains(Cancel)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_comm_message:contains(Plan)",
        },
        ...dropOnShared("Offer"),
        {
            trigger: ".modal .btn-primary:contains(Move)",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(Message moved to “Team”.)",
        },
        {
            trigger: ".o_comm_messages:not(:contains(Offer))",
        },
        {
            trigger: row("Team"),
            run: "click",
        },
        {
            trigger: ".o_comm_list_title:contains(Team)",
        },
        {
            trigger: ".o_comm_message:contains(Offer)",
            run: "click",
        },
        {
            trigger: ".o_comm_preview_subject:contains(Offer)",
        },
    ]),
});

registry.category("web_tour.tours").add("comm_folders.tree", {
    steps: patient(() => [...insertFromForm(), ...arrange(), ...dropMails(), ...useMenu()]),
});
