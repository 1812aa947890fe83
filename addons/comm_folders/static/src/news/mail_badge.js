import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";
import { formatInteger } from "@web/views/fields/formatters";

/** Unread mail in the bar at the top: how much, in which mailboxes, and the way there. */
export class MailBadge extends Component {
    static template = "comm_folders.MailBadge";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
        this.badge = useState(useService("comm_news").badge);
        this.settings = useState(useService("comm_settings").settings);
        this.formatInteger = formatInteger;
    }

    get label() {
        const { unread } = this.badge;
        return unread === 1 ? _t("1 unread message") : _t("%s unread messages", formatInteger(unread));
    }

    get shortCount() {
        return this.badge.unread > 999 ? "999+" : this.badge.unread;
    }

    /** @param {{id: number, name: string}} [mailbox] to begin with; by default the first one */
    openManager(mailbox) {
        const props = mailbox ? { mailbox: { id: mailbox.id, name: mailbox.name } } : {};
        return this.action.doAction("comm_folders.action_manager", { clearBreadcrumbs: true, props });
    }
}

registry.category("systray").add(
    "comm_folders.mail_badge",
    // Only whoever has mail got the badge with the page.
    { Component: MailBadge, isDisplayed: () => Boolean(session.comm_badge) },
    { sequence: 24 }
);
