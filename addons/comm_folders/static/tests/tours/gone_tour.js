import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { patient } from "@comm_mailboxes/../tests/tours/patient";

const row = (subject) => `.o_comm_message:contains(${subject})`;
const folder = (name) => `.o_comm_folder_tree .o_comm_tree_row:contains(${name})`;

/** As another window does it. */
const call = (model, method, args) =>
    rpc(`/web/dataset/call_kw/${model}/${method}`, { model, method, args, kwargs: {} });

const deletedElsewhere = () => [
    stepUtils.showAppsMenuItem(),
    {
        trigger: '.o_app[data-menu-xmlid="comm_mailboxes.menu_root"]',
        run: "click",
    },
    {
        content: "test_tour_gone.py has another mail program delete it now",
        trigger: row("Report"),
        run: "click",
    },
    {
        trigger: ".o_comm_preview_subject:contains(Report)",
    },
    {
        trigger: `${row("Report")}:not(.o_comm_message_unread)`,
    },
    {
        trigger: ".o_comm_fetch",
        run: "click",
    },
    {
        trigger: ".o_notification:contains(This message is not there any more.)",
    },
    {
        trigger: ".o_comm_no_message",
    },
    {
        trigger: ".o_comm_messages:not(:contains(Report))",
    },
];

const serverGoneDuringAMove = () => [
    {
        trigger: row("Stays"),
        run: "click",
    },
    {
        trigger: ".o_comm_preview_subject:contains(Stays)",
    },
    {
        trigger: ".o_comm_toolbar .o_comm_move:not([aria-disabled])",
        run: "click",
    },
    {
        content: "From here on nobody answers",
        trigger: ".o_comm_target:contains(Drawer)",
        run: "click",
    },
    {
        content: "That is told",
        trigger: ".modal .modal-body:not(:empty)",
    },
    {
        trigger: ".modal .btn-primary",
        run: "click",
    },
    {
        content: "It is back where it was, and open",
        trigger: `${row("Stays")}.o_comm_message_open`,
    },
    {
        trigger: ".o_comm_preview_subject:contains(Stays)",
    },
];

const folderDeletedElsewhere = () => [
    {
        trigger: folder("Drawer"),
        run: "click",
    },
    {
        trigger: ".o_comm_list_title:contains(Drawer)",
        async run() {
            const ids = await call("comm.folder", "search", [[["name", "=", "Drawer"]]]);
            await call("comm.folder", "unlink", [ids]);
        },
    },
    {
        content: "Whatever is asked of it next tells",
        trigger: ".o_comm_search_input",
        run: "edit anything",
    },
    {
        trigger: ".o_notification:contains(The folder “Drawer” is not there any more.)",
    },
    {
        trigger: ".o_comm_list_title:contains(Inbox)",
    },
    {
        trigger: row("Stays"),
    },
    {
        trigger: `.o_comm_folder_tree:not(:contains(Drawer))`,
    },
];

registry.category("web_tour.tours").add("comm_folders.gone", {
    steps: patient(() => [...deletedElsewhere(), ...serverGoneDuringAMove(), ...folderDeletedElsewhere()]),
});
