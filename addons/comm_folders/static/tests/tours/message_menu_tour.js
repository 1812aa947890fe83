import { click } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const row = (subject) => `.o_comm_message:contains(${subject})`;
const told = (text) => ({ content: text, trigger: `.o_notification:contains(${text})` });

/** Choose from the menu of a row. */
const choose = (subject, name) => [
    {
        content: `Right click on ${subject}`,
        trigger: row(subject),
        async run({ anchor }) {
            await click(anchor, { button: 2 });
        },
    },
    {
        content: `${subject}: ${name}`,
        trigger: `.o_comm_message_row_menu [data-name=${name}]`,
        run: "click",
    },
];
const tick = (subject) => ({
    trigger: `${row(subject)} .o_comm_avatar`,
    run: "click",
});

registry.category("web_tour.tours").add("comm_folders.message_menu", {
    steps: patient(() => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
            run: "click",
        },
        ...choose("Garden", "open"),
        {
            trigger: ".o_comm_preview_subject:contains(Garden)",
        },
        ...choose("Garden", "copy"),
        {
            trigger: ".o_comm_move_search",
            run: "edit proj",
        },
        {
            trigger: ".o_comm_target:contains(Projects)",
            run: "click",
        },
        told("Message copied to “Projects”."),
        ...choose("Meadow", "flag"),
        {
            trigger: `${row("Meadow")} .o_comm_flag .fa-star`,
        },
        ...choose("Meadow", "seen"),
        {
            trigger: `${row("Meadow")}:not(.o_comm_message_unread)`,
        },
        ...choose("Meadow", "archive"),
        told("Message archived."),
        ...choose("Prize", "spam"),
        told("Message moved to spam."),
        {
            trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Junk)",
            run: "click",
        },
        ...choose("Prize", "not_spam"),
        told("Message moved to the inbox."),
        {
            trigger: ".o_comm_folder_tree .o_comm_tree_row:contains(Inbox)",
            run: "click",
        },
        {
            trigger: ".o_comm_list_title:contains(Inbox)",
        },
        {
            trigger: row("Prize"),
        },
        {
            content: "Two are selected, and the menu of one is about both",
            ...tick("Re: Kitchen"),
        },
        tick("Zoe"),
        {
            trigger: ".o_comm_selected_count:contains(2 selected)",
        },
        ...choose("Zoe", "delete"),
        told("2 messages deleted."),
        {
            trigger: `.o_comm_messages:not(:contains(Kitchen))`,
        },
    ]),
});
