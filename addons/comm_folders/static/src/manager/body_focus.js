import { useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

// Somebody who clicks again this soon works with the text: marks a word, or copies it by the menu of the right button.
const AGAIN = 5000;
// And has this long for it, for "Copy" in that menu, too, which is about what has the focus.
const AT_TEXT = 3000;
// How long the frame has the keys that it was lent them for.
const LENT = 1500;
// Between Tab and its effect, also on a busy machine.
const TABBED = 2000;
// Ctrl+C and Ctrl+A are about the text that was marked with the mouse.
const COPY_KEYS = ["Control", "Meta"];
const SCROLL_KEYS = ["PageDown", "PageUp", "Home", "End", " "];

/**
 * A click into the text of a message would leave the keyboard in its frame. That is of another origin and runs no scripts,
 * so nobody would ever hear of the keys typed there: "r" would not reply. So the preview around it takes the focus back,
 * and lends it to the frame for the keys that are about the text: to copy what is marked, and to scroll. Nothing is marked
 * there, or not what Ctrl is for, once somebody did something else since that click: Ctrl+Z takes that back. Who came there
 * by Tab stays there.
 *
 * @param {Object} ref of the frame
 */
export function useBodyFocus(ref) {
    let tabbedAt = -Infinity;
    let takenAt = -Infinity;
    let isLent = false;
    let isByClick = false;
    let atText = undefined;
    // Since the last click into the text, nothing else was done.
    let isInText = false;

    const hasFocus = () => Boolean(ref.el) && ref.el.ownerDocument.activeElement === ref.el;
    const around = () => ref.el.closest("[tabindex='-1']");

    function take() {
        if (hasFocus()) {
            around()?.focus({ preventScroll: true });
        }
    }

    useExternalListener(window, "blur", (ev) => {
        if (!hasFocus() || isLent || ev.timeStamp - tabbedAt < TABBED) {
            return;
        }
        isByClick = true;
        isInText = true;
        if (ev.timeStamp - takenAt > AGAIN) {
            takenAt = ev.timeStamp;
            // Not within the click: links, and marking text, need all of it.
            browser.setTimeout(take);
        } else {
            // Of more clicks there nobody hears.
            browser.clearTimeout(atText);
            atText = browser.setTimeout(take, AT_TEXT);
        }
    });

    useExternalListener(
        window,
        "keydown",
        (ev) => {
            browser.clearTimeout(atText);
            if (ev.key === "Tab") {
                tabbedAt = ev.timeStamp;
                return;
            }
            const isScroll = SCROLL_KEYS.includes(ev.key);
            const isCopy = COPY_KEYS.includes(ev.key);
            if (ev.target !== (ref.el && around()) || !(isScroll || (isCopy && isInText))) {
                takenAt = -Infinity;
                isInText = false;
                return;
            }
            isLent = true;
            isByClick = true;
            ref.el.focus({ preventScroll: true });
            browser.setTimeout(() => {
                isLent = false;
                if (!isScroll) {
                    take();
                }
            }, LENT);
        },
        { capture: true }
    );

    useExternalListener(window, "pointerdown", () => (isInText = false), { capture: true });

    // Where the mouse goes on, so does the keyboard.
    useExternalListener(window, "pointerover", ({ target }) => {
        if (isByClick && !isLent && target !== ref.el && hasFocus()) {
            isByClick = false;
            take();
        }
    });
}
