import { Component, useRef, useState } from "@odoo/owl";
import { hasTouch } from "@web/core/browser/feature_detection";
import { useAutofocus } from "@web/core/utils/hooks";
import { useVirtualGrid } from "@web/core/virtual_grid_hook";

let lastId = 0;

/**
 * A tree with a checkbox in each row, for mouse and keyboard (tree view pattern of WAI-ARIA): arrows walk, Space checks.
 * Only the rows in sight are in the document, so that thousands do not matter. What is checked is the parent's business:
 *
 * choice.isChecked(node), choice.canCheck(node): whether there is a checkbox, choice.isLocked(node): it cannot be changed,
 * choice.isOffered(node): "select all" takes it, choice.set(nodes, isChecked)
 *
 * Slots get the node: "label" follows the name, "row" stands at the right end, "header" above it; "summary" gets nothing.
 */
export class CheckTree extends Component {
    static template = "comm_mailboxes.CheckTree";
    static props = {
        model: Object,
        choice: Object,
        label: String,
        iconOf: Function,
        onKeydown: { type: Function, optional: true },
        slots: { type: Object, optional: true },
    };

    setup() {
        this.id = `o_check_tree_${++lastId}`;
        this.rowHeight = hasTouch() ? 40 : 32;
        this.searchRef = useAutofocus({ refName: "search" });
        this.treeRef = useRef("tree");
        this.state = useState({ active: 0 });
        this.grid = useVirtualGrid({ scrollableRef: this.treeRef, bufferCoef: 0.5 });
        this.measure();
    }

    get model() {
        return this.props.model;
    }

    /** The rows to draw, each with its position. */
    get drawn() {
        const [first, last] = this.grid.rowsIndexes;
        return this.model.rows.slice(first, last + 1).map((node, index) => ({ node, position: first + index }));
    }

    get activeNode() {
        return this.model.rows[this.state.active];
    }

    measure() {
        this.grid.setRowsHeights(this.model.rows.map(() => this.rowHeight));
    }

    rowId(position) {
        return `${this.id}_${position}`;
    }

    // What shows

    /** Something about the rows changed: keep the keyboard where it was. */
    relayOut(node) {
        this.measure();
        const position = this.model.rows.indexOf(node);
        this.state.active = Math.max(position, 0);
        this.render();
    }

    toggleExpanded(node) {
        this.model.setExpanded([node], !this.model.isExpanded(node));
        this.relayOut(node);
    }

    expandAll(isExpanded) {
        let node = this.activeNode;
        this.model.setExpanded(this.model.nodes, isExpanded);
        if (!isExpanded) {
            while (node?.parent) {
                node = node.parent;
            }
        }
        this.relayOut(node);
    }

    onSearch(ev) {
        this.model.search(ev.target.value);
        this.treeRef.el.scrollTop = 0;
        this.relayOut(this.model.rows.find((node) => node.isFound));
    }

    onSearchKeydown(ev) {
        if (ev.key === "ArrowDown") {
            this.treeRef.el.focus();
        } else if (ev.key === "Escape" && this.model.isSearching) {
            ev.target.value = "";
            this.onSearch(ev);
        } else {
            return;
        }
        ev.preventDefault();
        // The dialog would close on Escape.
        ev.stopPropagation();
    }

    // What is checked

    check(node) {
        const { choice } = this.props;
        if (choice.canCheck(node) && !choice.isLocked(node)) {
            choice.set([node], !choice.isChecked(node));
        }
    }

    /**
     * @param {Object[]} nodes
     * @returns {{nodes: Object[], isChecked: boolean}|undefined} what one click can do to all of them
     */
    bulk(nodes) {
        const { choice } = this.props;
        const free = nodes.filter((node) => choice.canCheck(node) && !choice.isLocked(node));
        const offered = free.filter((node) => choice.isOffered(node) && !choice.isChecked(node));
        if (offered.length) {
            return { nodes: offered, isChecked: true };
        }
        const checked = free.filter((node) => choice.isChecked(node));
        return checked.length ? { nodes: checked, isChecked: false } : undefined;
    }

    bulkBelow(node) {
        return node.children.length ? this.bulk(this.model.below(node)) : undefined;
    }

    apply({ nodes, isChecked }) {
        this.props.choice.set(nodes, isChecked);
        this.treeRef.el.focus({ preventScroll: true });
    }

    // Mouse and keyboard

    onClick(ev, { node, position }) {
        this.state.active = position;
        this.treeRef.el.focus({ preventScroll: true });
        if (this.props.choice.canCheck(node)) {
            this.check(node);
        } else {
            this.toggleExpanded(node);
        }
    }

    onKeydown(ev) {
        // Keys typed at a button inside a row are its own.
        if (ev.target !== this.treeRef.el || ev.altKey || ev.ctrlKey || ev.metaKey || !this.activeNode) {
            return;
        }
        if (this.props.onKeydown?.(ev, this.activeNode) || this.walk(ev.key)) {
            ev.preventDefault();
            ev.stopPropagation();
        } else if (ev.key.length === 1) {
            this.searchRef.el.focus();
        }
    }

    /** @returns {boolean} whether the key was one of the tree's */
    walk(key) {
        const node = this.activeNode;
        const { active } = this.state;
        const page = Math.max(Math.floor(this.treeRef.el.clientHeight / this.rowHeight) - 1, 1);
        const steps = {
            ArrowDown: active + 1,
            ArrowUp: active - 1,
            PageDown: active + page,
            PageUp: active - page,
            Home: 0,
            End: Infinity,
        };
        if (key in steps) {
            this.goTo(steps[key]);
        } else if (key === "ArrowRight" && node.children.length) {
            if (this.model.isExpanded(node)) {
                this.goTo(active + 1);
            } else {
                this.toggleExpanded(node);
            }
        } else if (key === "ArrowLeft" && node.children.length && this.model.isExpanded(node)) {
            this.toggleExpanded(node);
        } else if (key === "ArrowLeft" && node.parent) {
            this.goTo(this.model.rows.indexOf(node.parent));
        } else if (key === " ") {
            this.check(node);
        }
        return key in steps || ["ArrowRight", "ArrowLeft", " "].includes(key);
    }

    goTo(position) {
        this.state.active = Math.min(Math.max(position, 0), this.model.rows.length - 1);
        const tree = this.treeRef.el;
        const top = this.state.active * this.rowHeight;
        tree.scrollTop = Math.min(Math.max(tree.scrollTop, top + this.rowHeight - tree.clientHeight), top);
    }
}
