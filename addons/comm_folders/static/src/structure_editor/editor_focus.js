import { onPatched, useExternalListener } from "@odoo/owl";

const PLACE = ".o_comm_places [role=treeitem][tabindex='0']";

/**
 * Keep the keyboard in the editor. A button that cannot be pressed while the server works, or never again, loses the focus,
 * and with it the next press of the key; it gets it back, else the tree does.
 *
 * @param {Object} ref of the editor
 * @param {() => boolean} isWorking whether the server works
 */
export function useEditorFocus(ref, isWorking) {
    let last = undefined;
    useExternalListener(document, "focusin", ({ target }) => {
        last = target;
    });
    // Who clicks beside everything has left it.
    useExternalListener(document, "pointerdown", ({ target }) => {
        last = target.closest("button") || undefined;
    });
    onPatched(() => {
        const { activeElement, body } = document;
        // Browsers take the focus from a disabled button with the next frame only.
        const isLost = activeElement === body || activeElement.matches(":disabled");
        if (!isWorking() && isLost && last && ref.el.contains(last)) {
            const target = last.matches(":disabled") ? ref.el.querySelector(PLACE) : last;
            target?.focus({ preventScroll: true });
        }
    });
}
