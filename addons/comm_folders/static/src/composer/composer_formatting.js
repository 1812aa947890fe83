import { reactive } from "@odoo/owl";
import { ToolbarPlugin } from "@html_editor/main/toolbar/toolbar_plugin";
import { browser } from "@web/core/browser/browser";

const KEPT = "comm_folders.formatting";

/** Whether the windows to write in show the formatting bar: they do, until somebody puts it away in this browser. */
export const formatting = reactive({
    isShown: browser.localStorage.getItem(KEPT) !== "off",
});

export function toggleFormatting() {
    formatting.isShown = !formatting.isShown;
    browser.localStorage.setItem(KEPT, formatting.isShown ? "on" : "off");
}

/**
 * Odoo's toolbar, which comes beside selected text, as a bar that stays: with all its buttons, also while nothing is
 * selected. While the bar is put away, the toolbar comes as Odoo has it.
 */
export class ComposerToolbarPlugin extends ToolbarPlugin {
    static shared = [...ToolbarPlugin.shared, "getBar"];

    /** @returns {Object} the props of Odoo's `Toolbar` */
    getBar() {
        this._updateToolbar();
        return this.toolbarProps;
    }

    _updateToolbar(selectionData = this.dependencies.selection.getSelectionData()) {
        if (!formatting.isShown) {
            super._updateToolbar(selectionData);
            return;
        }
        if (this.overlay.isOpen) {
            this.overlay.close();
        }
        this.state.namespace = "expanded";
        const nodes = this.getFilteredTargetedNodes(this.dependencies.selection.getTargetedNodes());
        this.updateButtonsStates(selectionData.editableSelection, nodes);
    }
}
