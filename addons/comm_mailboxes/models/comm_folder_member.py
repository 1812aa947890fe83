from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class CommFolderMember(models.Model):
    """One line of a folder made by hand for all: a user or a group, and what they may do with the mail kept in it."""

    _name = "comm.folder.member"
    _inherit = ["comm.member"]
    _description = "Member of a shared folder made by hand"
    _order = "folder_id, id"

    folder_id = fields.Many2one("comm.folder", required=True, index=True, ondelete="cascade")

    _user_once = models.UniqueIndex("(folder_id, user_id) WHERE user_id IS NOT NULL", "This user is a member already.")
    _group_once = models.UniqueIndex(
        "(folder_id, group_id) WHERE group_id IS NOT NULL", "This group is a member already."
    )


class CommFolder(models.Model):
    """Who may do what with the mail in folders made by hand: the owner of a personal one, the members of a shared one.

    The record rules say the same in XML; ``_domain_kept`` is for code that reads past them, or acts for another user.
    """

    _inherit = "comm.folder"

    member_ids = fields.One2many("comm.folder.member", "folder_id", string="Members", copy=True)

    @api.model_create_multi
    def create(self, vals_list):
        folders = super().create(vals_list)
        given = zip(folders, vals_list, strict=True)
        folders.browse(folder.id for folder, vals in given if "member_ids" not in vals)._give_usual_members()
        return folders

    def unlink(self):
        self.check_access("unlink")
        self._check_nothing_kept_for_all()
        return super().unlink()

    @api.model
    def _domain_kept(self, user, access="read"):
        """Return the domain of the folders made by hand whose mail ``user`` may read, or with ``access="write"`` change."""
        lines = Domain("user_id", "=", user.id) | Domain("group_id", "in", user.all_group_ids.ids)
        if access == "write":
            lines &= Domain("access", "=", "write")
        shared = Domain("is_local", "=", True) & Domain("user_id", "=", False) & Domain("member_ids", "any", lines)
        return Domain("mailbox_id", "=", False) & (Domain("user_id", "=", user.id) | shared)

    def _filtered_kept(self, access="read"):
        """Return those of these folders that are made by hand and whose mail the current user may read, or change."""
        # sudo: compares the user with owners and members; told is only which.
        return self.sudo().filtered_domain(self._domain_kept(self.env.user, access)).with_env(self.env)

    def _is_kept_for_all(self):
        """Whether this folder is made by hand for the shared structure."""
        return self.is_local and not self.mailbox_id and not self.user_id

    def _give_usual_members(self):
        """Let everybody read what will be kept in these folders, and managers put it there, until somebody decides else."""
        kept = self.filtered(lambda folder: folder._is_kept_for_all())
        if not kept:
            return
        access = {"comm_mailboxes.group_user": "read", "comm_mailboxes.group_shared_manager": "write"}
        lines = [
            Command.create({"group_id": self.env.ref(xml_id).id, "access": right}) for xml_id, right in access.items()
        ]
        kept.write({"member_ids": lines})

    def _check_nothing_kept_for_all(self):
        """Raise where mail of all would go with a folder: managers need not even see it, and it is nowhere else."""
        if self.env.su:
            return
        # sudo: told is only that there is mail.
        messages = self.env["comm.message"].sudo().with_context(active_test=False)
        for folder in self.filtered(lambda folder: folder._is_kept_for_all()):
            if messages.search_count([("folder_id", "child_of", folder.id)], limit=1):
                raise UserError(
                    self.env._("“%s” holds mail. Whoever may write there moves or deletes it first.", folder.name)
                )
