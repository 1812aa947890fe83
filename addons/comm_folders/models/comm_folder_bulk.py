from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .comm_message_query import MessageQuery

MARKS = {
    "seen": {"is_seen": True},
    "unseen": {"is_seen": False},
    "flag": {"is_flagged": True},
    "unflag": {"is_flagged": False},
}
# Changes that move messages to the folder with a role, and the role.
ROLES = {"archive": "archive", "spam": "junk", "not_spam": "inbox"}


class CommFolder(models.Model):
    """What users do to many messages of a list at once."""

    _inherit = "comm.folder"

    def change_messages(self, change, ids=None, excluded=(), target_id=False, final=False, at_most=False, **query):
        """Change messages of this folder's list.

        :param change: "seen", "unseen", "flag", "unflag", "archive", "spam", "not_spam" (to the inbox), "move" (to
            ``target_id``) or "delete"
        :param ids: the messages; None for all that the list shows with ``query`` (see ``get_page``), but ``excluded``. With
            ``conversations``, each stands for its whole conversation in this folder; but what came after the message
            ``until``, its user did not see.
        :param final: delete for good what lies in the trash, as the user confirmed; otherwise it is left alone
        :param at_most: how many messages the user was told that these are; False: the user was not told
        :return: ``{"count": int, "undo_id": id or False, "waits": bool, "counts": {folder id: kept counts}}``; waits: a
            server cannot be reached, and learns later that they went
        """
        self.ensure_one()
        self.check_access("read")
        messages = self._messages_to_change(ids, excluded, query)
        # What is asked of each, and not all of its columns.
        messages.fetch(
            ["folder_id", "mailbox_id", "server_folder_id", "active", "outgoing_state", "is_seen", "is_flagged"]
        )
        places = messages.folder_id
        mailboxes = messages.mailbox_id
        undo_id = False
        if change in MARKS:
            [(name, value)] = MARKS[change].items()
            messages = messages.filtered(lambda message: message[name] != value)
            messages.write({name: value})
        elif change == "delete":
            messages, undo_id = self._delete_messages(messages, final, at_most)
        elif change in ROLES or change == "move":
            targets = self._targets_of(messages, change, target_id)
            messages = messages.filtered(lambda message: message.folder_id != targets[message.mailbox_id])
            undo_id = self.env["comm.message.undo"]._note(messages)
            for mailbox, lying in messages.grouped("mailbox_id").items():
                lying.move_to(targets[mailbox])
                places |= targets[mailbox]
        else:
            raise UserError(self.env._("The messages cannot be changed like this."))
        return {
            "count": len(messages),
            "undo_id": undo_id,
            "waits": change not in MARKS and mailboxes._is_out_of_reach(),
            "counts": (self | places)._list_counts(),
        }

    def link_messages(self, res_model, res_id, ids=None, excluded=(), **query):
        """Link messages of this folder's list to a record; see ``comm.message.link_to`` for who may.

        :param ids: as of ``change_messages``
        :return: how many messages are linked to it now
        """
        self.ensure_one()
        self.check_access("read")
        messages = self._messages_to_change(ids, excluded, query)
        messages.link_to(res_model, res_id)
        return len(messages)

    def _messages_to_change(self, ids, excluded, query):
        """Return the messages that are meant and still where the user saw them: what went elsewhere stays there."""
        query = MessageQuery(self, **query)
        if ids is None:
            wanted = set(query.ids()) - set(excluded)
            return self.env["comm.message"].browse(query.messages_of(wanted) if query.conversations else sorted(wanted))
        if query.conversations:
            ids = query.messages_of(self._lying_here(ids).ids)
        # A search shows messages of other folders, too, and says so.
        if query.is_wide or not self._is_mail_readable():
            self.env["comm.message"].browse(ids).exists().check_access("read")
        return self._lying_here(ids, is_wide=query.is_wide)

    def _lying_here(self, ids, is_wide=False):
        """Return those of these messages that are shown here; past the record rules, which the caller asks."""
        messages = self.env["comm.message"]
        messages.flush_model(["active", "folder_id"])
        place = SQL() if is_wide else SQL("AND folder_id = %s", self.id)
        rows = self.env.execute_query(
            SQL("SELECT id FROM comm_message WHERE id = ANY(%s) AND active %s ORDER BY id", list(ids), place)
        )
        return messages.browse(message_id for (message_id,) in rows)

    def _delete_messages(self, messages, final, at_most):
        """Move to the trash what can be, delete the rest if the user said so; return what went, and how to undo it."""
        final_folders = messages.folder_id.filtered(lambda folder: folder._is_final())
        for_good = messages.filtered(lambda message: message.folder_id in final_folders)
        if final and at_most and len(for_good) > at_most:
            # A conversation grew while its user was asked.
            raise UserError(self.env._("More messages came to these conversations meanwhile. Nothing was deleted."))
        to_trash = messages - for_good
        undo_id = self.env["comm.message.undo"]._note(to_trash)
        to_trash.delete()
        if not final:
            return to_trash, undo_id
        for folder, lying in for_good.grouped("folder_id").items():
            lying.delete(seen_in=folder.id)
        return messages, undo_id

    def _is_final(self):
        """Whether what is deleted here is deleted for good: it lies in the trash already, or on no server."""
        # sudo: which folder is the trash is a question about the mailbox; told is only yes or no.
        mailbox = self.mailbox_id.sudo()
        is_on_server = mailbox.kind == "imap" and self._is_on_server()
        return not is_on_server or mailbox._folder_with_role("trash")._is_above(self)

    def _is_on_server(self):
        """Whether what is here is on a mail server, too."""
        return bool(self.mailbox_id) and not self.is_local and not self._is_gone()

    def _targets_of(self, messages, change, target_id):
        """Return where the messages go, by their mailbox: each has its own archive and its own spam folder."""
        mailboxes = messages.grouped("mailbox_id")
        if change == "move":
            return dict.fromkeys(mailboxes, self.browse(target_id))
        # sudo: which folder has the role; that the user may move messages there is checked by move_to().
        targets = {mailbox: mailbox.sudo()._folder_with_role(ROLES[change]).with_env(self.env) for mailbox in mailboxes}
        if not all(targets.values()):
            raise UserError(
                self.env._("This mailbox has no such folder. Create it on the server and refresh the folders.")
            )
        return targets

    def _list_counts(self):
        return {
            folder.id: {"message_count": folder.message_count, "unread_count": folder.unread_count}
            for folder in self.exists()
        }
