import { _t } from "@web/core/l10n/translation";

/**
 * @param {Object} [folder] that was open and is not there any more
 * @param {Object} [mailbox] of which it was
 * @param {Map} mailboxes that are there now
 * @returns {string|undefined} what to tell of it
 */
export function describeGone(folder, mailbox, mailboxes) {
    if (mailbox && !mailboxes.has(mailbox.id)) {
        return _t(
            "The mailbox “%s” is not in your folders any more: it was removed, or your access was withdrawn.",
            mailbox.name
        );
    }
    return folder && _t("The folder “%s” is not there any more.", folder.name);
}

/** @returns {Object} the row that is marked for an open folder of a node: the folder's own, where that is in sight */
export function markedRow(node, folderId, expanded) {
    return (expanded.has(node.key) && node.children.find(({ folder }) => folder?.id === folderId)) || node;
}
