from odoo import api, fields, models


class CommMailbox(models.Model):
    """A mailbox and its places in the folder structures; one without a place offers to be given one."""

    _inherit = "comm.mailbox"

    has_place = fields.Boolean(compute="_compute_places", help="In the structure of the user, or in the shared one.")
    may_insert_into_mine = fields.Boolean(compute="_compute_places")
    may_insert_into_shared = fields.Boolean(compute="_compute_places")

    @api.depends("kind", "scope", "user_id", "member_ids.user_id", "member_ids.group_id")
    @api.depends_context("uid")
    def _compute_places(self):
        user = self.env.user
        # sudo: which mailboxes have a place where this user looks; told is only yes or no.
        entries = self.env["comm.structure.entry"].sudo().search_fetch([("mailbox_id", "in", self.ids)])
        mine = entries.filtered(lambda entry: entry.user_id == user).mailbox_id.ids
        shared = entries.filtered(lambda entry: entry.scope == "shared").mailbox_id.ids
        readable = self.filtered_domain(self._domain_accessible(user)).ids
        is_manager = user.has_group("comm_mailboxes.group_shared_manager")
        for mailbox in self:
            # What is sent lies in folders of other mailboxes.
            holds_mail = mailbox.kind != "smtp"
            place_in_shared = mailbox.scope == "shared" and mailbox.id in shared
            mailbox.has_place = mailbox.id in mine or place_in_shared
            mailbox.may_insert_into_mine = holds_mail and mailbox.id in readable and mailbox.id not in mine
            mailbox.may_insert_into_shared = (
                holds_mail and is_manager and mailbox.scope == "shared" and not place_in_shared
            )

    def action_insert_into_mine(self):
        """Give this mailbox a place at the end of the user's own folder structure."""
        return self._insert_into("personal", self.env._("“%s” is in your folder structure now.", self.name))

    def action_insert_into_shared(self):
        """Give this mailbox a place at the end of the shared folder structure."""
        return self._insert_into("shared", self.env._("“%s” is in the shared folder structure now.", self.name))

    def _insert_into(self, scope, text):
        self.ensure_one()
        allowed = self.may_insert_into_shared if scope == "shared" else self.may_insert_into_mine
        # Otherwise another window was faster, and there it is; what is not allowed is refused by the structure.
        if allowed or not self.has_place:
            self.env["comm.structure.entry"].insert(scope, {"mailbox_id": self.id})
        self.invalidate_recordset(["has_place", "may_insert_into_mine", "may_insert_into_shared"])
        return self._notify(text)

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
