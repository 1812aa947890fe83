import { onMounted, reactive } from "@odoo/owl";
import { defaultFontFamily } from "@html_editor/main/font/font_family_plugin";
import { FontSizeSelector } from "@html_editor/main/font/font_size_selector";
import { ToolbarPlugin } from "@html_editor/main/toolbar/toolbar_plugin";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

const KEPT = "comm_folders.formatting";
// The button that comes with the cells that it is for.
const IN_TABLES = "table_alignment";

/** Whether the windows to write in show the formatting bar: they do, until somebody puts it away in this browser. */
export const formatting = reactive({
    isShown: browser.localStorage.getItem(KEPT) !== "off",
});

export function toggleFormatting() {
    formatting.isShown = !formatting.isShown;
    browser.localStorage.setItem(KEPT, formatting.isShown ? "on" : "off");
}

// To the first of its fonts Odoo gives English names alone.
Object.assign(defaultFontFamily, { name: _t("Default system font"), nameShort: _t("Default font") });

/** Odoo's field for the size stands in a frame, out of which no key comes to the list that it opens, and which has no name. */
class ComposerFontSizeSelector extends FontSizeSelector {
    setup() {
        super.setup();
        onMounted(() => this.iframeContentRef.el.setAttribute("title", _t("Font size")));
    }

    onKeyDownFontSizeInput(ev) {
        if (ev.key === "Escape" && this.dropdown.isOpen) {
            ev.preventDefault();
            this.dropdown.close();
        } else {
            super.onKeyDownFontSizeInput(ev);
        }
    }
}

/**
 * Odoo's toolbar, which comes beside selected text, as a bar that stays: always with all its buttons, of which those that
 * cannot do anything now are disabled. While the bar is put away, the toolbar comes as Odoo has it.
 */
export class ComposerToolbarPlugin extends ToolbarPlugin {
    static shared = [...ToolbarPlugin.shared, "getBar"];

    /** @returns {Object} the props of Odoo's `Toolbar` */
    getBar() {
        this._updateToolbar();
        return this.toolbarProps;
    }

    getButtonGroups() {
        return super.getButtonGroups().map((group) => ({ ...group, buttons: group.buttons.map(inBar) }));
    }

    getAvailableButtonsSet(selection) {
        if (!formatting.isShown) {
            return super.getAvailableButtonsSet(selection);
        }
        const isHere = (button) => button.id !== IN_TABLES || button.isAvailable(selection);
        return new Set(this.getButtonsForNamespace("expanded").filter(isHere));
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

/** A button of Odoo's toolbar as one that stays where it is. */
function inBar(button) {
    return {
        ...button,
        ...(button.Component === FontSizeSelector && { Component: ComposerFontSizeSelector }),
        isDisabled: (selection, nodes) =>
            !button.isAvailable(selection) || Boolean(button.isDisabled?.(selection, nodes)),
    };
}
