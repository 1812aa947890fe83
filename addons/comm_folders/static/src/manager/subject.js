/**
 * What commands are about. Keys, buttons and menus ask here, so that at every moment they mean the same messages: those that
 * the screen shows.
 *
 *   the selected messages; the preview says then how many there are
 *   without any, the message that is open on the screen
 *   while none is, the row at the cursor, once somebody went there and it is marked
 */

/** @typedef {{count: number, targets: Object|undefined, message: Object|undefined}} Subject the message if it is a single one */

/** Whether a message is open on the screen. */
export function isReading({ panes, messageId }) {
    return Boolean(messageId) && panes.isPreviewShown;
}

/** @returns {Object|undefined} the row at the cursor where commands are about it, which is marked for that */
export function currentRow(model) {
    const { list, panes, selection } = model;
    const isIt = selection.isEmpty && list.isMarked && panes.isListShown && !isReading(model);
    return isIt ? list.rows.get(list.cursor) : undefined;
}

/** @returns {Subject} a single row, whatever else is selected or open */
export function subjectOfRow({ list }, row) {
    return { count: 1, targets: list.targetOf([row.id]), message: row };
}

/** @returns {Subject} */
export function subjectOf(model) {
    const { list, reading, selection } = model;
    if (!selection.isEmpty) {
        const [id] = selection.ids;
        const isSingle = !selection.isAll && selection.count === 1;
        const message = isSingle ? list.find(id) || { id } : undefined;
        return { count: selection.count, targets: selection.target, message };
    }
    if (isReading(model)) {
        return { count: 1, targets: reading.target, message: reading.known };
    }
    const row = currentRow(model);
    return row ? subjectOfRow(model, row) : { count: 0 };
}

/** Keys came to a row: the preview, where it is on the screen, shows it. */
export function follow({ panes, reading, selection }, row) {
    if (row && panes.isPreviewShown && selection.isEmpty && row.id !== reading.rowId) {
        panes.pane = "preview";
        reading.open(row, { isWhole: true, isPassing: true });
    }
}

/** Nothing is selected any more: what is about one message is about the one at the cursor again. */
export function endSelection(model) {
    model.selection.clear();
    follow(model, model.list.markedRow);
}
