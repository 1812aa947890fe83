import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { NameDialog } from "@comm_folders/manager/name_dialog";

/**
 * Ask for a name, do something with it, and show the tree as it is then. What is refused can be corrected.
 *
 * @param {import("@comm_folders/manager/manager_model").ManagerModel} model
 * @param {{title: string, label: string, name?: string}} question
 * @param {(name: string) => Promise} change
 * @param {import("@comm_folders/tree/tree_model").TreeNode} [above] opened, to show what is new below it
 */
export function changeByName(model, question, change, above) {
    model.dialog.add(NameDialog, {
        ...question,
        save: async (name) => {
            await change(name);
            await model.loadTree();
            if (above) {
                model.expanded.add(above.key);
            }
        },
    });
}

/**
 * Ask before something is deleted, and show the tree, and the list, as they are then.
 *
 * @param {import("@comm_folders/manager/manager_model").ManagerModel} model
 * @param {{title: string, body: string, confirmLabel: string}} question
 * @param {() => Promise} change
 * @param {string} [done] what to tell then
 */
export function deleteAfterQuestion(model, question, change, done) {
    model.dialog.add(ConfirmationDialog, {
        ...question,
        confirm: async () => {
            await change();
            if (done) {
                model.notification.add(done, { type: "success" });
            }
            // That the open folder went is no news.
            await model.loadTree({ isExpected: true });
            if (model.folderId) {
                await model.loadPage();
            }
        },
        cancel: () => {},
    });
}

/** Ask, as the form of the mailbox does, before what Odoo has kept of a folder goes that is gone from the server. */
export async function deleteHere(model, folder) {
    const action = await model.orm.call("comm.folder", "action_delete_here", [[folder.id]]);
    // The server fills these in for its own buttons only.
    return model.action.doAction({ ...action, views: [[false, "form"]] });
}
