import { onMounted, onWillUnmount, useEffect, useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useBus, useService } from "@web/core/utils/hooks";

// What takes the keyboard in each pane; the first that is there. A list without messages has no rows to walk.
const TARGETS = {
    tree: [".o_comm_folder_tree [role=treeitem][tabindex='0']"],
    list: [".o_comm_messages", ".o_comm_message_list"],
    preview: [".o_comm_message_preview"],
};
// A Manager without mailboxes has no panes.
const EMPTY = ".o_comm_manager_empty";

/**
 * Give the keyboard to a pane.
 *
 * @param {HTMLElement} root of the Manager
 * @param {"tree"|"list"|"preview"} name
 */
export function focusPane(root, name) {
    focusFirst(root, TARGETS[name]);
}

function focusFirst(root, selectors) {
    const target = selectors.map((selector) => root.querySelector(selector)).find(Boolean);
    target?.focus({ preventScroll: true });
}

/**
 * Give the keyboard to a pane of a Manager that just came, unless somebody has it elsewhere: what led here is gone, or is a
 * button of the bar at the top, which would open its menu again. It goes around the rows:
 * nobody chose the first one, and Delete must not be about it.
 *
 * @param {HTMLElement} root of the Manager
 * @param {"tree"|"list"|"preview"} name
 */
export function takeFocus(root, name) {
    const { activeElement, body } = root.ownerDocument;
    const isInBar = activeElement?.matches(".o_main_navbar :is(a, button)");
    if ((isInBar || activeElement === body) && !body.querySelector(".o-dropdown--menu")) {
        focusFirst(root, [TARGETS[name].at(-1), EMPTY]);
    }
}

/**
 * Keep the keyboard in the Manager. What had the focus often goes with what was done to it: the button on a row, the row of
 * a folder, the list of which that was the last message, a dialog whose opener is gone. Browsers then begin anew at the top
 * of the page; here the pane keeps it.
 *
 * @param {Object} ref of the Manager
 * @param {() => string} getPane the pane that shows where there is one at a time
 */
export function useKeptFocus(ref, getPane) {
    const ui = useService("ui");
    let last = undefined;

    function note({ target }) {
        if (ref.el?.contains(target)) {
            const pane = Object.keys(TARGETS).find((name) => target.closest(`.o_comm_pane_${name}`));
            last = { element: target, pane: pane || "list" };
        }
    }

    function keep() {
        const { activeElement, body } = document;
        const isLost = activeElement === body || !activeElement;
        if (!ref.el || !last || !isLost || last.element.isConnected || body.querySelector(".modal:not(.d-none)")) {
            return;
        }
        focusPane(ref.el, last.pane);
    }

    const observer = new MutationObserver(keep);
    onMounted(() => observer.observe(ref.el, { childList: true, subtree: true }));
    onWillUnmount(() => observer.disconnect());
    useExternalListener(document, "focusin", note);
    // A dialog gives the focus back to what opened it right after this.
    useBus(ui.bus, "active-element-changed", () => browser.setTimeout(keep));
    let shown = getPane();
    useEffect(
        (pane) => {
            const { activeElement, body } = document;
            const isHidden = ref.el.contains(activeElement) && !activeElement.checkVisibility();
            if (pane !== shown && (isHidden || activeElement === body)) {
                focusPane(ref.el, pane);
            }
            shown = pane;
        },
        () => [getPane()]
    );
}
