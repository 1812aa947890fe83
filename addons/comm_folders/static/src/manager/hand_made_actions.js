import { _t } from "@web/core/l10n/translation";
import { treeActions } from "@comm_folders/manager/tree_actions";
import { changeByName, deleteAfterQuestion } from "@comm_folders/manager/tree_dialogs";

/** A folder that the user made by hand, with its place; those of the shared structure are arranged by its editor. */
const isOwn = (node) => Boolean(node.entryId && node.folder?.is_local && !node.mailbox && node.folder.user_id);

function createBelow(node, model) {
    const where = { anchor_id: node.entryId, mode: "into" };
    changeByName(
        model,
        { title: _t("New folder"), label: _t("Name of the new folder in “%s”", node.name) },
        (name) => model.orm.call("comm.structure.entry", "insert", ["personal", { folder_name: name }], where),
        node
    );
}

function rename(node, model) {
    changeByName(
        model,
        { title: _t("Rename folder"), label: _t("New name of “%s”", node.name), name: node.name },
        // The folder itself is renamed, and a label of the place, which would hide that, goes.
        (name) => model.orm.call("comm.structure.entry", "rename", [[node.entryId], name])
    );
}

function remove(node, model) {
    const deleteEmpty = () => model.orm.call("comm.folder", "delete_empty", [[node.folder.id]]);
    if (node.folder.message_count) {
        // Refused, and told why.
        return deleteEmpty();
    }
    return deleteAfterQuestion(
        model,
        {
            title: _t("Delete folder"),
            body: _t("Delete the empty folder “%s”?", node.name),
            confirmLabel: _t("Delete"),
        },
        deleteEmpty,
        _t("Folder “%s” deleted.", node.name)
    );
}

treeActions
    .add(
        "new_folder_by_hand",
        { label: _t("New folder"), icon: "fa-plus", isAvailable: isOwn, run: createBelow },
        { sequence: 41 }
    )
    .add(
        "rename_by_hand",
        { label: _t("Rename"), icon: "fa-pencil", isAvailable: isOwn, run: rename },
        { sequence: 51 }
    )
    .add(
        "delete_by_hand",
        { label: _t("Delete"), icon: "fa-trash-o", isAvailable: isOwn, run: remove },
        { sequence: 61 }
    );
