import { Component, useRef, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useChildRef } from "@web/core/utils/hooks";

// Between the menu and the edge of the window.
const MARGIN = 8;

/** @returns {boolean} whether this key asks for the menu of what has the focus */
export function isMenuKey(ev) {
    return ev.key === "ContextMenu" || (ev.shiftKey && ev.key === "F10");
}

/**
 * The state of a menu that opens where the mouse is, or beside what has the keyboard; `ContextMenu` draws it.
 *
 * @returns {{state: {subject: any}, open: Function, close: Function}} the subject is what the open menu is about
 */
export function useContextMenu() {
    const state = useState({ subject: undefined, x: 0, y: 0, isByKeyboard: false });
    const dropdown = useDropdownState({ onClose: () => (state.subject = undefined) });
    return {
        state,
        dropdown,
        close: () => dropdown.close(),
        /**
         * @param {any} subject
         * @param {{x: number, y: number, isByKeyboard: (boolean|undefined)}} place
         */
        open(subject, { x, y, isByKeyboard = false }) {
            dropdown.close();
            Object.assign(state, { subject, x, y, isByKeyboard });
            // The menu stands beside an anchor at this place, which has to be rendered there first.
            requestAnimationFrame(() => state.subject && dropdown.open());
        },
    };
}

/**
 * A menu of a row. It takes the keyboard, since what had it before has uses of its own for arrows and Escape, and gives it
 * back; opened by a key, its first line has it.
 */
export class ContextMenu extends Component {
    static template = "comm_folders.ContextMenu";
    static components = { Dropdown, DropdownItem };
    static props = {
        // What useContextMenu returned.
        menu: Object,
        // Lists of {name, icon, label, run(), isDisabled (optional)}; a line is drawn between them.
        groups: Array,
        menuClass: String,
    };

    setup() {
        this.menuRef = useChildRef();
        this.anchor = useRef("anchor");
    }

    onOpened() {
        const { el } = this.menuRef;
        this.fit(el);
        const first = this.props.menu.state.isByKeyboard ? el.querySelector(".o-navigable") : undefined;
        el.tabIndex = -1;
        (first || el).focus();
    }

    /** A long menu fits neither below nor above its place: then it begins higher up, as menus of the desktop do. */
    fit(el) {
        const { state } = this.props.menu;
        const highest = Math.max(window.innerHeight - el.offsetHeight - MARGIN, MARGIN);
        if (state.y > highest) {
            state.y = highest;
            // It is placed right after this, before anything is drawn anew.
            this.anchor.el.style.top = `${highest}px`;
        }
    }
}
