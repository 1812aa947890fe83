import { useEffect } from "@odoo/owl";
import { ColorPicker } from "@web/core/color_picker/color_picker";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/**
 * @param {string} color as a button of Odoo's color picker has it: a value of CSS, or the name of one of Odoo's own
 * @returns {string} what to call it
 */
export function colorName(color) {
    const [, own] = color.match(/^o-color-(\d)$/) || [];
    if (own) {
        return _t("Theme color %s", own);
    }
    if (/^\d00$/.test(color)) {
        return _t("Gray %s", color);
    }
    if (color.includes("gradient(")) {
        return _t("Gradient: %s", color.match(/rgba?\([^)]*\)|#\w+/g)?.join(" – ") || color);
    }
    return { black: _t("Black"), white: _t("White") }[color] || color;
}

// Its buttons are colored areas and nothing else: who cannot see them hears these names.
patch(ColorPicker.prototype, {
    setup() {
        super.setup();
        useEffect(() => {
            for (const button of this.root.el.querySelectorAll("button[data-color]:empty")) {
                button.ariaLabel = colorName(button.dataset.color);
            }
            for (const input of this.root.el.querySelectorAll("input.o_hex_input")) {
                input.ariaLabel = input.nextElementSibling?.textContent || null;
            }
        });
    },
});
