import { onMounted, onPatched, onWillUnmount, useState } from "@odoo/owl";

// Trees up to this size are drawn whole: find in page works there, and nothing has to be measured.
const WHOLE = 300;
// Rows drawn above and below what is visible.
const MARGIN = 20;

/** The nearest ancestor that scrolls. */
function scrollerOf(element) {
    let parent = element.parentElement;
    while (parent && !/auto|scroll/.test(getComputedStyle(parent).overflowY)) {
        parent = parent.parentElement;
    }
    return parent;
}

/** Draws of a large tree only what is near the visible part; with 5,000 folders no more than a screenful. */
export class TreeWindow {
    constructor(tree) {
        this.tree = tree;
        this.state = useState({ first: 0, count: WHOLE, height: 32 });
        this.onScroll = () => this.measure();
        onMounted(() => {
            this.scroller = scrollerOf(tree.root.el);
            this.scroller?.addEventListener("scroll", this.onScroll, { passive: true });
            this.measure();
        });
        onPatched(() => {
            this.measure();
            this.focusWanted();
        });
        onWillUnmount(() => this.scroller?.removeEventListener("scroll", this.onScroll));
    }

    /** @returns {{rows: Object[], before: number, after: number}} what is drawn, and the pixels that the rest would take */
    of(rows) {
        this.total = rows.length;
        if (rows.length <= WHOLE) {
            return { rows, before: 0, after: 0 };
        }
        const { first, count, height } = this.state;
        const start = Math.min(first, Math.max(rows.length - count, 0));
        const drawn = rows.slice(start, start + count);
        return { rows: drawn, before: start * height, after: (rows.length - start - drawn.length) * height };
    }

    measure() {
        const { root } = this.tree;
        if (!this.scroller || !root.el || this.total <= WHOLE) {
            return;
        }
        const row = root.el.querySelector(".o_comm_tree_row:not(.o_comm_tree_group)");
        const height = row?.getBoundingClientRect().height || this.state.height;
        const above = this.scroller.getBoundingClientRect().top - root.el.getBoundingClientRect().top;
        const visible = Math.ceil(this.scroller.clientHeight / height);
        const first = Math.max(Math.floor(above / height) - MARGIN, 0);
        const count = visible + 2 * MARGIN;
        // A few rows of play, so that a wheel does not draw anew at each notch.
        if (
            Math.abs(first - this.state.first) >= MARGIN / 2 ||
            count !== this.state.count ||
            (!first && this.state.first)
        ) {
            Object.assign(this.state, { first, count, height });
        } else if (height !== this.state.height) {
            this.state.height = height;
        }
    }

    /** Give the keyboard to a row, also to one that is not drawn yet. */
    focus(key) {
        this.wantedKey = key;
        if (!this.focusWanted()) {
            const index = this.tree.rows.findIndex(({ node }) => node.key === key);
            if (index >= 0 && this.scroller) {
                const start = this.scroller.scrollTop + this.tree.root.el.getBoundingClientRect().top;
                const offset = start - this.scroller.getBoundingClientRect().top;
                this.scroller.scrollTop = offset + index * this.state.height - this.scroller.clientHeight / 2;
                this.measure();
            }
        }
    }

    focusWanted() {
        const element = this.wantedKey && this.tree.root.el?.querySelector(`[data-key="${this.wantedKey}"]`);
        if (element) {
            this.wantedKey = undefined;
            element.focus();
        }
        return Boolean(element);
    }
}
