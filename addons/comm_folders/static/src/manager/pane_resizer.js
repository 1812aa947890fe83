import { Component, onMounted, useRef } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { localization } from "@web/core/l10n/localization";
import { clamp } from "@web/core/utils/numbers";

const STORAGE = "comm_folders.panes";
const STEP = 16;
// What each pane may not fall below, and what the panes beside it keep, in pixels.
export const MINIMA = { tree: 200, list: 240, listHeight: 120 };
const REST = 280;

/** @returns {Object} sizes by the name of the pane, as this browser remembers them: screens differ, users do not */
export function loadSizes() {
    try {
        const sizes = JSON.parse(browser.localStorage.getItem(STORAGE)) || {};
        return Object.fromEntries(Object.keys(MINIMA).map((name) => [name, Number(sizes[name]) || undefined]));
    } catch (error) {
        if (error instanceof SyntaxError) {
            // Somebody else's, or of an older version: begin anew.
            return {};
        }
        throw error;
    }
}

export function saveSizes(sizes) {
    browser.localStorage.setItem(STORAGE, JSON.stringify(sizes));
}

/**
 * The line between two panes: dragged, or moved by the arrow keys, it sizes the pane before it; a double click gives that
 * its own size again.
 */
export class PaneResizer extends Component {
    static template = "comm_folders.PaneResizer";
    static props = {
        name: String,
        label: String,
        isHorizontal: { type: Boolean, optional: true },
        onResize: Function,
    };

    setup() {
        this.root = useRef("root");
        onMounted(() => this.describe());
    }

    /** Where the line stands, for those who do not see it. */
    describe() {
        const { el } = this.root;
        const { minimum, maximum } = this.limits(el);
        el.setAttribute("aria-valuemin", minimum);
        el.setAttribute("aria-valuemax", maximum);
        el.setAttribute("aria-valuenow", clamp(Math.round(this.size(el.previousElementSibling)), minimum, maximum));
    }

    limits(element) {
        const minimum = MINIMA[this.props.name];
        return { minimum, maximum: Math.max(Math.round(this.size(element.parentElement)) - REST, minimum) };
    }

    size(element) {
        const { width, height } = element.getBoundingClientRect();
        return this.props.isHorizontal ? height : width;
    }

    resize(element, wanted) {
        const { minimum, maximum } = this.limits(element);
        const size = clamp(Math.round(wanted), minimum, maximum);
        this.props.onResize(this.props.name, size);
        element.setAttribute("aria-valuenow", size);
    }

    /** Towards the end of the line, which is at the left where that is how one reads. */
    get direction() {
        return !this.props.isHorizontal && localization.direction === "rtl" ? -1 : 1;
    }

    onPointerDown(ev) {
        if (ev.button) {
            return;
        }
        const line = ev.currentTarget;
        const place = (event) => (this.props.isHorizontal ? event.clientY : event.clientX);
        const start = place(ev);
        const before = this.size(line.previousElementSibling);
        const { ownerDocument: page } = line;
        const onMove = (event) => {
            if (line.isConnected) {
                this.resize(line, before + (place(event) - start) * this.direction);
            } else {
                onEnd();
            }
        };
        const onEnd = () => {
            line.classList.remove("o_comm_resizing");
            page.removeEventListener("pointermove", onMove);
            page.removeEventListener("pointerup", onEnd);
            page.removeEventListener("pointercancel", onEnd);
        };
        // The line gets all of the moves, also those above the frame with the body.
        line.setPointerCapture(ev.pointerId);
        line.classList.add("o_comm_resizing");
        // Not on the line: a screen that changes meanwhile takes it away, and the end of the drag would be missed.
        page.addEventListener("pointermove", onMove);
        page.addEventListener("pointerup", onEnd);
        page.addEventListener("pointercancel", onEnd);
        ev.preventDefault();
        line.focus();
    }

    onKeydown(ev) {
        const [less, more] = this.props.isHorizontal ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
        const step = { [less]: -STEP, [more]: STEP }[ev.key];
        if (!step) {
            return;
        }
        const line = ev.currentTarget;
        this.resize(line, this.size(line.previousElementSibling) + step * this.direction);
        ev.preventDefault();
        ev.stopPropagation();
    }

    onDoubleClick() {
        this.props.onResize(this.props.name, undefined);
    }
}
