import { useExternalListener } from "@odoo/owl";
import { commands } from "@comm_folders/manager/manager_commands";
import { subjectOf } from "@comm_folders/manager/subject";

// These may be held down.
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
// What the focused element does with these is its own. A button that was just clicked only has Enter for itself: the arrows
// go on in the list.
const OWN_KEYS = {
    "button, a, input": ["Enter"],
    "[role=tree], [role=separator]": ["Enter", "Delete", "ArrowDown", "ArrowUp"],
};

/**
 * The keys of the Manager, by itself: Odoo's hotkey service refuses some of them, and its combinations with Alt are taken.
 *
 * They work while nothing has the focus that takes letters, no dialog or menu is open, and neither Ctrl nor Alt is held; but
 * Ctrl+Z undoes, and Ctrl+A selects all messages.
 *
 * @param {Object} ref of the Manager
 * @param {() => Object} getContext as `manager_commands.js` says
 */
export function useManagerKeys(ref, getContext) {
    useExternalListener(window, "keydown", (ev) => {
        if (isForUs(ev, ref.el) && (isTypedAhead(ev, getContext()) || handle(ev, getContext()))) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    });
}

const isWithCtrl = (ev, letter) => (ev.ctrlKey || ev.metaKey) && !ev.shiftKey && ev.key.toLowerCase() === letter;

/** Wherever the focus went with what was done, this takes it back. */
const isUndo = (ev) => isWithCtrl(ev, "z");

const isSelectAll = (ev) => isWithCtrl(ev, "a");

function isForUs(ev, root) {
    const { target } = ev;
    const isCombination = (ev.ctrlKey || ev.metaKey) && !isUndo(ev) && !isSelectAll(ev);
    if (!root || ev.defaultPrevented || ev.isComposing || isCombination || ev.altKey) {
        return false;
    }
    // A window to write in lies outside, and so does whatever Odoo shows beside the Manager.
    const isHere = target === root.ownerDocument.body || root.contains(target);
    if (!isHere || root.ownerDocument.querySelector(".modal:not(.d-none), .o-dropdown--menu, .o_command_palette")) {
        return false;
    }
    if (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox])")) {
        return false;
    }
    return !Object.entries(OWN_KEYS).some(([selector, keys]) => keys.includes(ev.key) && target.closest(selector));
}

/** Of who presses "r" and writes on, the next letters are the answer's: "e" must not archive. */
function isTypedAhead({ key }, { composer }) {
    return composer.isOpening && (key.length === 1 || key === "Delete" || key === "Enter");
}

/** @returns {boolean} whether the key was one of ours */
function handle(ev, context) {
    const { model, screen } = context;
    if (isUndo(ev) && !model.changes.canUndo) {
        return false;
    }
    if (isSelectAll(ev)) {
        const isPossible = model.panes.isListShown && model.canWrite && model.list.total > 0;
        if (isPossible) {
            model.selection.selectAll();
        }
        return isPossible;
    }
    // With Caps Lock on, a letter is still that letter; with Shift, it is none of ours.
    const isLetter = /^\p{L}$/u.test(ev.key);
    const key = isLetter ? ev.key.toLowerCase() : ev.key;
    if (ev.shiftKey && (isLetter || STEPS[key])) {
        return false;
    }
    if (STEPS[key]) {
        screen.step(STEPS[key]);
        return true;
    }
    if (ev.repeat) {
        return false;
    }
    if (key === "Enter") {
        screen.openAtCursor();
        return true;
    }
    if (key === "Escape") {
        return screen.goBack();
    }
    const subject = subjectOf(model);
    const command = commands.find(({ keys, isShown }) => keys.includes(key) && (!isShown || isShown(subject, context)));
    if (!command) {
        return false;
    }
    screen.run(command, subject);
    return true;
}
