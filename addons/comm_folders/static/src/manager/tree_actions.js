import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FolderPropertiesDialog } from "@comm_folders/manager/folder_properties_dialog";
import { changeByName, deleteAfterQuestion, deleteHere } from "@comm_folders/manager/tree_dialogs";

/**
 * What the menu of a mailbox or a folder in the tree offers. Others add to it:
 *
 *   label {string}, icon {string}, isLong {boolean}: not offered while the node is busy,
 *   isAvailable(node, model) {boolean}, run(node, model)
 */
export const treeActions = registry.category("comm_folders.tree_actions");

/** What is sent comes from nowhere: an outgoing mailbox has folders in Odoo alone. */
const isIncoming = (node) => node.type === "mailbox" && node.mailbox.kind !== "smtp";
const isOnServer = ({ folder, mailbox }) =>
    Boolean(folder?.is_selectable && mailbox && !folder.is_local && !folder.is_missing);
/** @returns {boolean} whether there is something to fetch from */
export const isFetched = (node) => isIncoming(node) || isOnServer(node);
/** Folders that can be arranged: on an IMAP server, by who may change the mail there. */
const isArranged = (node) =>
    Boolean(
        node.type === "folder" &&
            node.mailbox?.kind === "imap" &&
            node.mailbox.can_write &&
            !node.folder.is_local &&
            !node.folder.is_missing
    );
const mayRename = (node) => isArranged(node) && !node.folder.role;
const mayWrite = (node) => (node.mailbox || node.folder).can_write;

function createFolder(node, model) {
    const [resModel, method, id] =
        node.type === "mailbox"
            ? ["comm.mailbox", "create_folder", node.mailbox.id]
            : ["comm.folder", "create_subfolder", node.folder.id];
    changeByName(
        model,
        { title: _t("New folder"), label: _t("Name of the new folder in “%s”", node.name) },
        (name) => model.orm.call(resModel, method, [[id], name]),
        node
    );
}

function renameFolder({ folder }, model) {
    changeByName(
        model,
        {
            title: _t("Rename folder"),
            label: _t("New name of “%s”, on the mail server too", folder.name),
            name: folder.name,
        },
        (name) => model.orm.call("comm.folder", "rename", [[folder.id], name])
    );
}

function openMailbox({ mailbox }, { action }) {
    return action.doAction({
        type: "ir.actions.act_window",
        name: _t("Mailbox properties"),
        res_model: "comm.mailbox",
        res_id: mailbox.id,
        views: [[false, "form"]],
    });
}

async function markAllRead(node, model) {
    const [resModel, id] =
        node.type === "mailbox" ? ["comm.mailbox", node.mailbox.id] : ["comm.folder", node.folder.id];
    await model.changes.markAllRead(resModel, id);
}

function deleteFolder(node, model) {
    deleteAfterQuestion(
        model,
        {
            title: _t("Delete folder"),
            body: _t(
                "Delete “%s” with everything in it, on the mail server too? It goes to the trash; what lies there already is deleted for good.",
                node.name
            ),
            confirmLabel: _t("Delete"),
        },
        () => model.orm.call("comm.folder", "delete_on_server", [[node.folder.id]]),
        _t("Folder “%s” deleted.", node.name)
    );
}

function emptyTrash(node, model) {
    deleteAfterQuestion(
        model,
        {
            title: _t("Empty trash"),
            body: _t("Delete everything in “%s” for good, on the mail server too?", node.name),
            confirmLabel: _t("Delete for good"),
        },
        () => model.orm.call("comm.folder", "empty_trash", [[node.folder.id]]),
        _t("“%s” emptied.", node.name)
    );
}

treeActions
    .add(
        "refresh_folders",
        {
            label: _t("Refresh folder structure"),
            icon: "fa-refresh",
            isLong: true,
            isAvailable: isIncoming,
            run: (node, model) => model.fetching.refreshFolders(node),
        },
        { sequence: 10 }
    )
    .add(
        "fetch_mail",
        {
            label: _t("Fetch now"),
            icon: "fa-download",
            isLong: true,
            isAvailable: isFetched,
            run: (node, model) => model.fetching.fetch(node),
        },
        { sequence: 20 }
    )
    .add(
        "mark_all_read",
        {
            label: _t("Mark all read"),
            icon: "fa-envelope-open-o",
            isAvailable: (node) => mayWrite(node) && (node.type === "mailbox" || Boolean(node.folder.is_selectable)),
            run: markAllRead,
        },
        { sequence: 30 }
    )
    .add(
        "new_folder",
        {
            label: _t("New folder"),
            icon: "fa-plus",
            isAvailable: (node) =>
                node.type === "mailbox" ? node.mailbox.kind === "imap" && node.mailbox.can_write : isArranged(node),
            run: createFolder,
        },
        { sequence: 40 }
    )
    .add(
        "rename_folder",
        {
            label: _t("Rename"),
            icon: "fa-pencil",
            isAvailable: mayRename,
            run: renameFolder,
        },
        { sequence: 50 }
    )
    .add(
        "delete_folder",
        {
            label: _t("Delete"),
            icon: "fa-trash-o",
            isAvailable: mayRename,
            run: deleteFolder,
        },
        { sequence: 60 }
    )
    .add(
        "delete_here",
        {
            label: _t("Delete here"),
            icon: "fa-trash-o",
            isAvailable: ({ folder }) => Boolean(folder?.can_delete_here),
            run: ({ folder }, model) => deleteHere(model, folder),
        },
        { sequence: 62 }
    )
    .add(
        "empty_trash",
        {
            label: _t("Empty trash"),
            icon: "fa-trash",
            isAvailable: (node) => node.type === "folder" && node.folder.role === "trash" && mayWrite(node),
            run: emptyTrash,
        },
        { sequence: 70 }
    )
    .add(
        "subscribe",
        {
            label: _t("Subscribe…"),
            icon: "fa-check-square-o",
            isAvailable: (node) => node.type === "mailbox" && node.mailbox.kind === "imap" && node.mailbox.can_write,
            run: async (node, model) =>
                model.action.doAction(await model.orm.call("comm.mailbox", "action_subscribe", [[node.mailbox.id]])),
        },
        { sequence: 80 }
    )
    .add(
        "properties",
        {
            label: _t("Properties"),
            icon: "fa-cog",
            isAvailable: () => true,
            run: (node, model) =>
                node.type === "mailbox"
                    ? openMailbox(node, model)
                    : model.dialog.add(FolderPropertiesDialog, { folderId: node.folder.id }),
        },
        { sequence: 90 }
    );
