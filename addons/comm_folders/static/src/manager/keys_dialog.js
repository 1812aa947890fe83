import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { commands, keyLabel } from "@comm_folders/manager/manager_commands";

/** The sheet of the Manager's keys. */
export class KeysDialog extends Component {
    static template = "comm_folders.KeysDialog";
    static components = { Dialog };
    static props = { close: Function };

    get groups() {
        return [
            {
                title: _t("Messages"),
                lines: commands.filter(({ keys }) => keys.length).map(({ keys, label }) => ({ keys, label })),
            },
            {
                title: _t("List"),
                lines: [
                    { keys: ["j", "ArrowDown"], label: _t("Next message") },
                    { keys: ["k", "ArrowUp"], label: _t("Previous message") },
                    { keys: ["Enter"], label: _t("Open") },
                    { keys: [_t("Space")], label: _t("Select or deselect") },
                    { keys: [_t("Shift + ↓")], label: _t("Select several") },
                    { keys: [_t("Ctrl + A")], label: _t("Select all") },
                    { keys: [_t("Shift + F10")], label: _t("Menu of what is selected") },
                    { keys: ["Escape"], label: _t("End the selection; back to the list") },
                ],
            },
        ].map(({ title, lines }) => ({
            title,
            lines: lines.map(({ keys, label }) => ({ label, keys: keys.map(keyLabel) })),
        }));
    }
}
