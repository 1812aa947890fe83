import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { commands, keyLabel } from "@comm_folders/manager/manager_commands";
import { subjectOf } from "@comm_folders/manager/subject";

const LABELLED = ["new", "edit_draft", "reply", "reply_all", "forward"];

/**
 * The commands as buttons. One that is impossible now says why: it stays in reach of keyboard and finger, which a disabled
 * button is not.
 */
export class ManagerToolbar extends Component {
    static template = "comm_folders.ManagerToolbar";
    static components = { Dropdown, DropdownItem };
    static props = {
        context: Object,
        // Which of them, in this order; see manager_commands.js.
        groups: Array,
        hasLabels: { type: Boolean, optional: true },
        size: { type: String, optional: true },
    };

    setup() {
        this.labelled = LABELLED;
        const { context } = this.props;
        // Its own, or the buttons would not follow what becomes of the messages.
        this.context = { ...context, model: useState(context.model) };
    }

    get subject() {
        return subjectOf(this.context.model);
    }

    get groups() {
        return this.props.groups
            .filter((name) => name !== "more")
            .map((name) => ({ name, items: this._items(name) }))
            .filter(({ items }) => items.length);
    }

    get more() {
        return this.props.groups.includes("more") ? this._items("more") : [];
    }

    get label() {
        return _t("Actions");
    }

    run(item) {
        return this.context.screen.run(item.command, this.subject);
    }

    _items(group) {
        const { subject, context } = this;
        return commands
            .filter((command) => command.group === group && (!command.isShown || command.isShown(subject, context)))
            .map((command) => {
                const reason = command.whyNot?.(subject, context);
                const [key] = command.keys;
                return {
                    command,
                    reason,
                    isBusy: Boolean(command.isBusy?.(context)),
                    title: reason
                        ? _t("%(command)s: %(reason)s", { command: command.label, reason })
                        : key
                          ? _t("%(command)s (key: %(key)s)", { command: command.label, key: keyLabel(key) })
                          : command.label,
                };
            });
    }
}
