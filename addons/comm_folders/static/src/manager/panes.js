import { SIZES } from "@web/core/ui/ui_service";
import { Reactive } from "@web/core/utils/reactive";

/**
 * Which panes of the Manager are on the screen: wide ones show three, middle ones the folders and one of the others, small
 * ones a pane at a time.
 */
export class Panes extends Reactive {
    /** @param {"tree"|"list"|"preview"} pane where there is room for one alone, and for the keyboard */
    constructor({ ui, settings, pane }) {
        super();
        Object.assign(this, { ui, settings, pane });
    }

    /** @returns {number} how many panes stand side by side */
    get columns() {
        if (this.ui.size >= SIZES.XL) {
            return 3;
        }
        return this.ui.size >= SIZES.MD ? 2 : 1;
    }

    /** Where the preview stands: "right" of the list, "below" it, or in its place. */
    get arrangement() {
        const { comm_preview_position: position } = this.settings;
        if (this.columns > 1 && position === "below") {
            return "below";
        }
        return this.columns === 3 && position !== "off" ? "right" : "instead";
    }

    get isSplit() {
        return this.arrangement !== "instead";
    }

    /** @returns {string[]} the panes that one goes into one after the other, the first one being where the Manager begins */
    get way() {
        if (this.columns === 1) {
            return ["tree", "list", "preview"];
        }
        return this.isSplit ? ["list"] : ["list", "preview"];
    }

    get depth() {
        return Math.max(this.way.indexOf(this.pane), 0);
    }

    paneAt(depth) {
        return this.way[depth] || this.way.at(-1);
    }

    get isTreeShown() {
        return this.columns > 1 || this.pane === "tree";
    }

    get isListShown() {
        return this.isSplit || this.pane === "list" || (this.columns > 1 && this.pane === "tree");
    }

    get isPreviewShown() {
        return this.isSplit || this.pane === "preview";
    }
}
