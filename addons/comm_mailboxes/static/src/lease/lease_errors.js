import { registry } from "@web/core/registry";

// That somebody else is at it is no failure of what the user did: it is told, and nothing has to be closed.
for (const name of ["MailboxBusy", "NothingDue"]) {
    registry.category("error_notifications").add(`odoo.addons.comm_mailboxes.sync.lease.${name}`, { type: "warning" });
}
