import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

/** Made by hand for all: a row of "Move" says so, of a folder of the tree it is to be seen. */
export const isKeptForAll = (folder) => folder.is_shared ?? (!folder.mailbox_id && !folder.user_id);

/**
 * What is put into a folder of the shared structure is read by its members. Where that is more people than before, the user
 * is told who, and decides.
 *
 * @returns {Promise<boolean>} whether to go on
 */
export async function confirmNewReaders({ orm, dialog, list, targets, folder, label }) {
    if (!isKeptForAll(folder)) {
        return true;
    }
    const { folderId, options } = list.named(targets);
    const readers = await orm.call("comm.folder", "get_new_readers", [[folderId], folder.id], options);
    if (!readers.length) {
        return true;
    }
    return new Promise((resolve) => {
        const question = {
            title: _t("Let others read it?"),
            body: _t("In “%(folder)s” it can also be read by: %(readers)s.", {
                folder: folder.name,
                readers: formatList(readers),
            }),
            confirmLabel: label,
            cancelLabel: _t("Cancel"),
            confirm: () => resolve(true),
            cancel: () => resolve(false),
        };
        dialog.add(ConfirmationDialog, question, { onClose: () => resolve(false) });
    });
}
