from odoo import fields, models
from odoo.exceptions import UserError


class CommFolder(models.Model):
    """What "Properties" in the menu of a folder tells."""

    _inherit = "comm.folder"

    def get_properties(self):
        """Return what the dialog shows.

        :return: ``name``, ``mailbox``, ``path`` (on the server), ``kind`` (for people), ``message_count``, ``unread_count``,
            ``size`` (bytes), ``has_quota`` (there is a server to ask, see ``get_quota``), ``last_fetch``, ``subscribed``,
            ``is_missing``, ``fetch_mode`` and ``fetch_modes`` (pairs of value and label; none where nothing is fetched from
            a server), ``can_choose`` one of them, ``members`` (see ``_lines_for_people``), and ``uidvalidity`` for
            administrators; False stands for what does not apply
        """
        self.ensure_one()
        self.check_access("read")
        # The rules on messages count: who only sees the folder learns nothing of what is in it.
        [[size]] = self.env["comm.message"]._read_group([("folder_id", "=", self.id)], aggregates=["size:sum"])
        # sudo: name and kind of the mailbox of a folder that the user sees.
        mailbox = self.mailbox_id.sudo()
        on_server = bool(mailbox and not self.is_local)
        has_modes = on_server and mailbox.kind == "imap" and self.role != "inbox"
        is_administrator = self.env.user.has_group("comm_mailboxes.group_admin")
        return {
            "name": self._tree_name(),
            "mailbox": mailbox.name or False,
            "path": self.path or False,
            "kind": self._kind_for_people(),
            "message_count": self.message_count,
            "unread_count": self.unread_count,
            "size": size or 0,
            "last_fetch": fields.Datetime.to_string(self.looked_into_at)
            if on_server and self.looked_into_at
            else False,
            "on_server": on_server,
            "has_quota": on_server and mailbox.kind == "imap" and not self.is_missing and self._is_mail_readable(),
            "subscribed": self.subscribed,
            "is_missing": self.is_missing,
            "fetch_mode": self.fetch_mode,
            "fetch_modes": self._fetch_modes_offered() if has_modes else [],
            "can_choose": has_modes and not self.is_missing and self.mailbox_id.has_access("write"),
            "members": self._lines_for_people(),
            "uidvalidity": self.uidvalidity if is_administrator and on_server else False,
        }

    def choose_fetch_mode(self, mode):
        """Choose what of this folder is fetched by itself; the mailbox then fetches more than its inbox."""
        self.ensure_one()
        if mode not in dict(self._fetch_modes_offered()):
            raise UserError(self.env._("“%s” holds no mail itself. Choose it with all below.", self.name))
        mailbox = self.mailbox_id
        mailbox.set_fetch_modes({self.id: mode})
        if mode != "no" and not mailbox.fetch_subfolders:
            mailbox.fetch_subfolders = True

    def _fetch_modes_offered(self):
        modes = self._fields["fetch_mode"]._description_selection(self.env)
        return [(value, label) for value, label in modes if value != "this" or self.is_selectable]

    def _kind_for_people(self):
        if self.role:
            return dict(self._fields["role"]._description_selection(self.env))[self.role]
        if not self.mailbox_id:
            return self.env._("Folder made by hand, only in Odoo")
        if self.is_local:
            return self.env._("Folder of Odoo")
        if not self.is_selectable:
            return self.env._("Holds folders, but no mail itself")
        return self.env._("Mail folder")
