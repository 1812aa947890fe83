import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { NameDialog } from "@comm_folders/manager/name_dialog";
import { treeActions } from "@comm_folders/manager/tree_actions";

/** A folder that the user made by hand, with its place; those of the shared structure are arranged by its editor. */
const isOwn = (node) => Boolean(node.entryId && node.folder?.is_local && !node.mailbox && node.folder.user_id);

async function createBelow(node, model, name) {
    await model.orm.call("comm.structure.entry", "insert", ["personal", { folder_name: name }], {
        anchor_id: node.entryId,
        mode: "into",
    });
    await model.loadTree();
    model.expanded.add(node.key);
}

async function rename(node, model, name) {
    await model.orm.write("comm.folder", [node.folder.id], { name });
    // A label of the place would hide the new name.
    if (node.label) {
        await model.orm.call("comm.structure.entry", "rename", [[node.entryId], ""]);
    }
    await model.loadTree();
}

async function remove(node, model) {
    const deleteEmpty = async () => {
        await model.orm.call("comm.folder", "delete_empty", [[node.folder.id]]);
        await model.loadTree({ isExpected: true });
    };
    if (node.folder.message_count) {
        // Refused, and told why.
        await deleteEmpty();
        return;
    }
    model.dialog.add(ConfirmationDialog, {
        title: _t("Delete folder"),
        body: _t("Delete the empty folder “%s”?", node.name),
        confirmLabel: _t("Delete"),
        confirm: deleteEmpty,
        cancel: () => {},
    });
}

treeActions
    .add(
        "new_folder_by_hand",
        {
            label: _t("New folder"),
            icon: "fa-plus",
            isAvailable: isOwn,
            run: (node, model) =>
                model.dialog.add(NameDialog, {
                    title: _t("New folder"),
                    label: _t("Name of the new folder in “%s”", node.name),
                    save: (name) => createBelow(node, model, name),
                }),
        },
        { sequence: 41 }
    )
    .add(
        "rename_by_hand",
        {
            label: _t("Rename"),
            icon: "fa-pencil",
            isAvailable: isOwn,
            run: (node, model) =>
                model.dialog.add(NameDialog, {
                    title: _t("Rename folder"),
                    label: _t("New name of “%s”", node.name),
                    name: node.name,
                    save: (name) => rename(node, model, name),
                }),
        },
        { sequence: 51 }
    )
    .add(
        "delete_by_hand",
        {
            label: _t("Delete"),
            icon: "fa-trash-o",
            isAvailable: isOwn,
            run: remove,
        },
        { sequence: 61 }
    );
