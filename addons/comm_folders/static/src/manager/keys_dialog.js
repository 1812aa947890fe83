import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { commands, keyLabel } from "@comm_folders/manager/manager_commands";

const GENERAL = ["search", "undo", "keys"];

const labelled = ({ keys, label }) => ({ label, keys: keys.map(keyLabel) });

const keysOf = (isOne) =>
    commands
        .filter(({ keys }) => keys.length)
        .filter(isOne)
        .map(labelled);

/** The sheet of the Manager's keys. */
export class KeysDialog extends Component {
    static template = "comm_folders.KeysDialog";
    static components = { Dialog };
    static props = { close: Function };

    get columns() {
        const messages = { title: _t("Messages"), lines: keysOf(({ name }) => !GENERAL.includes(name)) };
        const list = {
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
            ].map(labelled),
        };
        const general = { title: _t("General"), lines: keysOf(({ name }) => GENERAL.includes(name)) };
        // Two columns of about the same height, so that the sheet fits on a small screen.
        return [[messages], [list, general]];
    }
}
