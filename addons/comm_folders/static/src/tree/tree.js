import { Component, onPatched, onWillPatch, toRaw, useRef, useState } from "@odoo/owl";
import { isMenuKey } from "@comm_folders/menu/context_menu";
import { beginDrag, TreeDrop } from "@comm_folders/tree/tree_drop";
import { iconOf, titleOf, visibleRows } from "@comm_folders/tree/tree_model";
import { TreeWindow } from "@comm_folders/tree/tree_window";
import { Typeahead } from "@comm_folders/tree/typeahead";

/**
 * A tree for mouse and keyboard, after the tree view pattern of WAI-ARIA: arrows walk, Enter selects, the menu key opens
 * the menu. It holds no state but the place of the keyboard; what shows in a row can be extended by the slots "label" and
 * "row", which get the node.
 */
export class Tree extends Component {
    static template = "comm_folders.Tree";
    static props = {
        nodes: Array,
        expanded: Object,
        selectedKey: { type: String, optional: true },
        label: String,
        onSelect: Function,
        onToggle: Function,
        onMenu: { type: Function, optional: true },
        // Also for keys with Alt, Ctrl or Meta, which the tree leaves alone.
        onKeydown: { type: Function, optional: true },
        isDraggable: { type: Function, optional: true },
        onDragStart: { type: Function, optional: true },
        onDragEnd: { type: Function, optional: true },
        // See tree_drop.js
        onDragOver: { type: Function, optional: true },
        onDrop: { type: Function, optional: true },
        slots: { type: Object, optional: true },
    };

    setup() {
        this.root = useRef("root");
        this.state = useState({ cursorKey: undefined });
        Object.assign(this, { iconOf, titleOf });
        this.drop = new TreeDrop(this);
        this.typeahead = new Typeahead();
        // After a click, letters are what the screen around makes of them.
        this.isByKeyboard = true;
        this._keepFocus();
        this.part = new TreeWindow(this);
    }

    /** A row that takes another place, or goes, or a field within it that goes, would take the keyboard along to nowhere. */
    _keepFocus() {
        let focusedKey = undefined;
        onWillPatch(() => {
            const { activeElement } = document;
            const isWithin = this.root.el?.contains(activeElement);
            focusedKey = isWithin ? activeElement.closest("[data-key]")?.dataset.key : undefined;
        });
        onPatched(() => {
            if (focusedKey && document.activeElement === document.body) {
                const rows = this.rows;
                // One that was scrolled away is still there, and nobody is to be taken back to it.
                if (!rows.some(({ node }) => node.key === focusedKey)) {
                    this.focus(this.cursorKey(rows));
                } else {
                    this.root.el.querySelector(`[data-key="${focusedKey}"]`)?.focus();
                }
            }
        });
    }

    /** Found again only when there are other nodes, or others show: with thousands of folders that is the work. */
    get rows() {
        const { nodes, expanded } = this.props;
        // Read for its own sake: a row that is not drawn may be opened by somebody else.
        const count = expanded.size;
        const now = toRaw(expanded);
        const { known } = this;
        const isSame = known && known.nodes === nodes && known.keys.size === count;
        if (!isSame || ![...now].every((key) => known.keys.has(key))) {
            this.known = { nodes, keys: new Set(now), rows: visibleRows(nodes, now) };
        }
        return this.known.rows;
    }

    /** The one row that Tab reaches. */
    cursorKey(rows) {
        for (const key of [this.state.cursorKey, this.props.selectedKey]) {
            if (key && rows.some((row) => row.node.key === key)) {
                return key;
            }
        }
        return rows[0]?.node.key;
    }

    isExpanded(node) {
        return this.props.expanded.has(node.key);
    }

    focus(key) {
        this.part.focus(key);
    }

    onFocus(row) {
        this.state.cursorKey = row.node.key;
    }

    onClick({ node }) {
        if (node.type === "group") {
            this.props.onToggle(node);
        } else {
            this.props.onSelect(node);
        }
    }

    onDragStart(ev, { node }) {
        beginDrag(ev);
        this.props.onDragStart(node, ev);
    }

    onDragEnd() {
        this.drop.clear();
        this.props.onDragEnd?.();
    }

    onContextMenu(ev, { node }) {
        if (this.props.onMenu?.(node, { x: ev.clientX, y: ev.clientY })) {
            ev.preventDefault();
        }
    }

    onKeydown(ev) {
        // Keys typed into something inside a row, a field or a button, are its own.
        if (ev.target.getAttribute("role") !== "treeitem") {
            return;
        }
        const rows = this.rows;
        const position = rows.findIndex((row) => row.node.key === ev.target.dataset.key);
        if (position < 0) {
            return;
        }
        const isPlain = !ev.altKey && !ev.ctrlKey && !ev.metaKey;
        // Within a name, a blank is one of its letters.
        const isWithin = ev.key === " " && this.isByKeyboard && this.typeahead.text;
        const isOurs = isPlain && ((!isWithin && this.walk(ev, rows, position)) || this.type(ev, rows, position));
        if (isOurs || this.props.onKeydown?.(ev, rows[position].node)) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    onPointerDown() {
        this.isByKeyboard = false;
    }

    /** @returns {boolean} whether the key was a letter of a name that is looked for */
    type(ev, rows, position) {
        const index = this.isByKeyboard ? this.typeahead.find(ev.key, rows, position) : undefined;
        if (index >= 0) {
            this.focus(rows[index].node.key);
        }
        return index !== undefined;
    }

    /** @returns {boolean} whether the key was one of the tree's */
    walk(ev, rows, position) {
        const { node, parent } = rows[position];
        const hasChildren = node.children.length > 0;
        this.isByKeyboard ||= /^(Arrow|Home|End|Tab)/.test(ev.key);
        const goTo = (index) => this.focus(rows[Math.min(Math.max(index, 0), rows.length - 1)].node.key);
        switch (isMenuKey(ev) ? "ContextMenu" : ev.key) {
            case "ArrowDown":
                goTo(position + 1);
                return true;
            case "ArrowUp":
                goTo(position - 1);
                return true;
            case "Home":
                goTo(0);
                return true;
            case "End":
                goTo(rows.length - 1);
                return true;
            case "ArrowRight":
                if (hasChildren && this.isExpanded(node)) {
                    goTo(position + 1);
                } else if (hasChildren) {
                    this.props.onToggle(node);
                }
                return true;
            case "ArrowLeft":
                if (hasChildren && this.isExpanded(node)) {
                    this.props.onToggle(node);
                } else if (parent) {
                    this.focus(parent.key);
                }
                return true;
            case "Enter":
            case " ":
                this.onClick(rows[position]);
                return true;
            case "ContextMenu": {
                const { left, bottom } = ev.target.getBoundingClientRect();
                return Boolean(this.props.onMenu?.(node, { x: left + 32, y: bottom, isByKeyboard: true }));
            }
        }
        return false;
    }
}
