import { onWillDestroy, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

// How long something hovers over a closed row before that opens.
const OPEN_DELAY = 700;
// Browsers start no drag without data; what is dragged is known to the screen, and nothing leaves it.
const DRAG_TYPE = "application/x-comm-drag";

/** Begin to drag; what, the caller keeps. */
export function beginDrag(ev, effects = "move") {
    if (ev.dataTransfer) {
        ev.dataTransfer.setData(DRAG_TYPE, "");
        ev.dataTransfer.effectAllowed = effects;
    }
}

/**
 * Which part of a row the pointer is over, of those that may be dropped on.
 *
 * @param {("before"|"into"|"after")[]} modes
 * @param {number} ratio 0 at the top of the row, 1 at its bottom
 */
export function modeAt(modes, ratio) {
    const edge = modes.includes("into") ? 0.3 : 0.5;
    const wanted = ratio < edge ? "before" : ratio > 1 - edge ? "after" : "into";
    return modes.includes(wanted) ? wanted : modes[0];
}

/**
 * Where in a tree something would be dropped, and what the rows show of that.
 *
 * The tree's owner decides by `onDragOver(node, ev)`: undefined for what does not concern it, else `{modes, effect}`;
 * no modes mean that nothing can be dropped there. Below the last row the node is undefined.
 */
export class TreeDrop {
    constructor(tree) {
        this.tree = tree;
        /** @type {{key: string, mode: string, lineKey: string, level: number}|{}} */
        this.state = useState({});
        onWillDestroy(() => this.clear());
        // Escape ends what was dragged out of another tree, and this one is told of nothing else.
        useExternalListener(document, "dragend", () => this.clear());
    }

    rowAt(ev) {
        const element = ev.target.closest?.(".o_comm_tree_row");
        const rows = this.tree.rows;
        const index = element ? rows.findIndex(({ node }) => node.key === element.dataset.key) : -1;
        return { element, rows, index, row: rows[index] };
    }

    onDragOver(ev) {
        const { element, rows, index, row } = this.rowAt(ev);
        const answer = this.tree.props.onDragOver?.(row?.node, ev);
        if (!answer) {
            return;
        }
        // The browser's own way to say no needs the event to be taken, too.
        ev.preventDefault();
        ev.stopPropagation();
        const mode = row ? this.modeOf(answer.modes, element, ev) : answer.modes[0];
        if (ev.dataTransfer) {
            ev.dataTransfer.dropEffect = mode ? answer.effect || "move" : "none";
        }
        this.show(mode, rows, index);
        this.openSoon(mode === "into" ? row.node : undefined);
    }

    modeOf(modes, element, ev) {
        const { top, height } = element.getBoundingClientRect();
        return modeAt(modes, (ev.clientY - top) / height);
    }

    show(mode, rows, index) {
        const row = rows[index];
        const state = { key: row?.node.key, mode: row ? mode || "refused" : mode && "end" };
        if (row && mode === "after") {
            // What goes behind an open row goes behind all that shows below it.
            let last = index;
            while (rows[last + 1]?.level > row.level) {
                last++;
            }
            Object.assign(state, { lineKey: rows[last].node.key, level: row.level });
        } else if (row && mode === "before") {
            Object.assign(state, { lineKey: row.node.key, level: row.level });
        }
        if (state.key !== this.state.key || state.mode !== this.state.mode) {
            this.reset();
            Object.assign(this.state, state);
        }
    }

    openSoon(node) {
        const key = node?.children.length && !this.tree.isExpanded(node) ? node.key : undefined;
        if (key !== this.openingKey) {
            browser.clearTimeout(this.timer);
            this.openingKey = key;
            this.timer = key && browser.setTimeout(() => this.tree.props.onToggle(node), OPEN_DELAY);
        }
    }

    onDragLeave(ev) {
        if (!ev.currentTarget.contains(ev.relatedTarget)) {
            this.clear();
        }
    }

    onDrop(ev) {
        const { element, row } = this.rowAt(ev);
        const answer = this.tree.props.onDragOver?.(row?.node, ev);
        this.clear();
        if (!answer) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const mode = row ? this.modeOf(answer.modes, element, ev) : answer.modes[0];
        if (mode) {
            this.tree.props.onDrop(row?.node, mode, ev);
        }
    }

    reset() {
        Object.assign(this.state, { key: undefined, mode: undefined, lineKey: undefined, level: undefined });
    }

    clear() {
        browser.clearTimeout(this.timer);
        this.openingKey = undefined;
        this.reset();
    }

    rowClass(row) {
        const { key, mode, lineKey } = this.state;
        return {
            o_comm_drop_into: row.node.key === key && mode === "into",
            o_comm_drop_refused: row.node.key === key && mode === "refused",
            o_comm_drop_before: row.node.key === lineKey && mode === "before",
            o_comm_drop_after: row.node.key === lineKey && mode === "after",
        };
    }

    rowStyle(row) {
        const { lineKey, level } = this.state;
        return row.node.key === lineKey ? `; --o-comm-drop-level: ${level}` : "";
    }
}
