from odoo import models


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def write(self, vals):
        result = super().write(vals)
        if {"scope", "user_id"} & vals.keys():
            # A mailbox that became personal, or somebody else's, leaves the structures it does not belong into.
            self._structure_entries().filtered(lambda entry: not entry._fits()).unlink()
        return result

    def unlink(self):
        self._structure_entries().unlink()
        return super().unlink()

    def _structure_entries(self):
        # sudo: places in the structures of other users go with the mailbox as well.
        return self.env["comm.structure.entry"].sudo().search([("content_mailbox_id", "in", self.ids)])

    def _tree_values(self):
        """Return what the screens of this addon show of each mailbox."""
        writable = self.filtered_domain(self._domain_accessible(self.env.user, "write"))
        return [
            {
                "id": mailbox.id,
                "name": mailbox.name,
                "kind": mailbox.kind,
                "scope": mailbox.scope,
                "state": mailbox.state,
                "can_write": mailbox in writable,
            }
            for mailbox in self
        ]
