import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const row = (subject) => `.o_comm_message:contains(${subject})`;
const told = (text) => ({ content: text, trigger: `.o_notification:contains(${text})` });
const key = (name) => ({ content: `Key ${name}`, trigger: ".o_comm_messages", run: `press ${name}` });

const open = (subject) => [
    {
        trigger: row(subject),
        run: "click",
    },
    {
        trigger: `.o_comm_preview_subject:contains(${subject})`,
    },
];

const byKeys = () => [
    stepUtils.showAppsMenuItem(),
    {
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    ...open("Garden"),
    key("s"),
    {
        content: "It is flagged",
        trigger: `${row("Garden")} .o_comm_flag .fa-star`,
    },
    key("e"),
    told("Message archived."),
    {
        content: "It is gone from the list",
        trigger: `.o_comm_messages:not(:contains(Garden))`,
    },
    key("z"),
    ...open("Garden"),
    key("m"),
    {
        content: "The folder is found by a part of its name",
        trigger: ".o_comm_move_search",
        run: "edit proj",
    },
    {
        trigger: ".o_comm_target:contains(Projects)",
        run: "click",
    },
    told("Message moved to “Projects”."),
    key("?"),
    {
        trigger: ".modal .o_comm_keys:contains(Reply all)",
    },
    {
        trigger: ".modal .btn:contains(Close)",
        run: "click",
    },
];

const conversations = () => [
    {
        trigger: ".o_comm_conversations",
        run: "click",
    },
    {
        content: "Question and answer are one row",
        trigger: `${row("Kitchen")} .o_comm_conversation_count:contains(2)`,
        run: "click",
    },
    {
        trigger: ".o_comm_conversation_row:contains(Zoe)",
        run: "click",
    },
    {
        content: "The older one is open now",
        trigger: ".o_comm_conversation_open:contains(Zoe)",
    },
    {
        content: "The row again: the whole conversation",
        trigger: row("Kitchen"),
        run: "click",
    },
    {
        trigger: ".o_comm_conversation_open:contains(Sender)",
    },
    {
        trigger: ".o_comm_toolbar .o_comm_delete:not([aria-disabled])",
        run: "click",
    },
    told("2 messages deleted."),
];

const onTheServer = () => [
    {
        trigger: ".o_comm_tree_row:contains(Attic)",
        run: "click",
    },
    {
        content: "Nothing of it is imported",
        trigger: ".o_comm_empty",
    },
    {
        trigger: ".o_comm_search_input",
        run: "edit treasure",
    },
    {
        trigger: ".o_comm_empty:contains(Nothing found)",
    },
    {
        trigger: ".o_comm_server_search button",
        run: "click",
    },
    {
        content: "First the server is told what was done before, then it searches",
        trigger: ".o_comm_server_told:contains(1 message was loaded.)",
    },
    ...open("Treasure"),
];

registry.category("web_tour.tours").add("comm_folders.manager_list", {
    steps: patient(() => [...byKeys(), ...conversations(), ...onTheServer()]),
});
