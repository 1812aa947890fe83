import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

# What a user can mark, and the flag by which the server knows it (RFC 9051, 2.3.2).
FLAGS = {
    "is_seen": r"\Seen",
    "is_flagged": r"\Flagged",
    "is_answered": r"\Answered",
    "is_forwarded": "$Forwarded",
}
# flag-keyword = atom (RFC 9051, 9); what no server takes must not wait in the queue.
KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,100}")


class CommMessage(models.Model):
    """What users change on messages: at once in Odoo, and noted for the server (see ``comm.operation``)."""

    _inherit = "comm.message"

    partial_text = fields.Char(compute="_compute_partial_text")

    @api.depends("is_partial", "size")
    @api.depends_context("lang")
    def _compute_partial_text(self):
        for message in self:
            message.partial_text = message.is_partial and self.env._(
                "Only the header of this message was imported. The whole message, %s MB, is on the server.",
                formatLang(self.env, message.size / 1_000_000, digits=1),
            )

    def write(self, vals):
        if self._is_engine() or not ({"keywords"} | FLAGS.keys()) & vals.keys():
            return super().write(vals)
        self._check_may_change()
        if "keywords" in vals:
            vals = {**vals, "keywords": self._read_keywords(vals["keywords"])}
        self._note_worked_on()
        self._enqueue_marks(vals)
        return super().write(vals)

    def move_to(self, folder):
        """Move to another folder of the same mailbox, to one made by hand, or from there to a folder on a server.

        The server learns of it within seconds. Where the original has to be brought first, what the caller did before is
        committed (see ``comm_message_keep``).

        :param folder: a ``comm.folder`` or its id
        :raise UserError: when these messages cannot go there
        """
        messages = self._chosen()
        messages._check_may_change()
        folder = messages._target(folder)
        messages._note_worked_on()
        if not folder.mailbox_id:
            messages._keep_in(folder)
        else:
            made_by_hand = messages.filtered(lambda message: not message.folder_id.mailbox_id)
            made_by_hand._put_on_server(folder)
            (messages - made_by_hand)._move_to(folder)
        # XML-RPC knows no None.
        return True

    def copy_to(self, folder):
        """Copy to a folder of the same mailbox, where the copies appear as soon as the server has them, or to one made by hand.

        Parameters and errors as in :meth:`move_to`.
        """
        messages = self._chosen()
        messages._check_may_change()
        folder = messages._target(folder)
        if not folder.mailbox_id:
            messages._keep_copy_in(folder)
            return True
        if messages - messages._placed():
            raise UserError(self.env._("Only messages on an IMAP server can be copied."))
        self.env["comm.operation"]._enqueue(messages, "copy", folder)
        return True

    def delete(self, seen_in=None):
        """Move to the trash folder; what the user saw in it or below it, and what is on no server, is deleted for good.

        A list on the screen may be older than what another mail program, or another click, did meanwhile. So nothing is
        deleted for good that the user did not see in the trash, or that is not there any more.

        :param seen_in: id of the ``comm.folder`` in which the user saw these messages; without it nothing that is on a
            server is deleted for good
        """
        messages = self._chosen()
        messages._check_may_change()
        # sudo: neither deleting nor placing messages is a right of users on the table; that they may was checked above.
        messages = messages.sudo()
        messages._note_worked_on()
        messages._end_moves()
        queued = messages._queued()
        local = (messages - queued).filtered(
            lambda message: message.folder_id.id == seen_in or (not seen_in and not message.server_folder_id)
        )
        seen_in = messages.env["comm.folder"].browse(seen_in or ()).exists()
        for mailbox, mails in queued.grouped("mailbox_id").items():
            trash = mailbox._trash_for_deletion()
            if trash._is_above(seen_in):
                final = mails.filtered(lambda message, trash=trash: trash._is_above(message.folder_id))
                self.env["comm.operation"]._enqueue(final, "expunge")
                final.active = False
            else:
                mails.filtered(lambda message, trash=trash: not trash._is_above(message.folder_id))._move_to(trash)
        local.unlink()
        return True

    def load_from_server(self):
        """Bring the rest of messages of which only the header is here.

        Commits what the caller did before.

        :raise UserError: with what went wrong and what to do
        """
        self.check_access("read")
        for mailbox, messages in self.filtered("is_partial").grouped("mailbox_id").items():
            mailbox._load_messages_now(messages)
        return True

    def action_load_from_server(self):
        self.load_from_server()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _is_engine(self):
        """Whether the server said so. Users can send a context, but not become superuser."""
        return self.env.su and bool(self.env.context.get("comm_sync"))

    def _chosen(self):
        """Return these messages without those that went away meanwhile, as lists on the screen may name some."""
        messages = self.exists()
        messages.check_access("read")
        return messages.filtered("active")

    def _check_may_change(self):
        """Raise unless the current user may change these messages."""
        if self.env.su or not self:
            return
        self.check_access("read")
        self.mailbox_id._check_may_change_mail()
        self.check_access("write")

    def _target(self, folder):
        """Return the folder into which all these messages can go."""
        folder = folder if isinstance(folder, models.BaseModel) else self.env["comm.folder"].browse(folder)
        folder = folder.with_env(self.env).exists()
        if not folder:
            raise UserError(self.env._("This folder is not there any more."))
        folder.check_access("read")
        if not folder.mailbox_id:
            self._check_may_keep_in(folder)
            return folder
        if self.folder_id.mailbox_id - folder.mailbox_id:
            raise UserError(
                self.env._("Messages can be moved and copied only within their mailbox, and into folders made by hand.")
            )
        folder.mailbox_id._check_may_change_mail()
        if not folder.is_selectable or folder.is_missing:
            raise UserError(self.env._("“%s” holds no mail. Choose another folder.", folder.name))
        if gone := self.server_folder_id.filtered(lambda place: place._is_gone())[:1]:
            raise UserError(
                self.env._(
                    "“%s” is not on the mail server any more. Its messages can go into a folder made by hand, or be deleted.",
                    gone.name,
                )
            )
        made_by_hand = self.filtered(lambda message: not message.folder_id.mailbox_id)
        if folder.is_local and self._queued() or (made_by_hand and not folder._takes_mail()):
            raise UserError(self.env._("“%s” is not on the mail server. Choose another folder.", folder.name))
        return folder

    def _queued(self):
        """Return those whose changes the server learns: they lie on it, or are about to be stored there."""
        placed = self._placed()
        # sudo: a question about the queue, not its content.
        waiting = (
            self.env["comm.operation"]
            .sudo()
            .search([("kind", "=", "append"), ("message_id", "in", (self - placed).ids)])
            .message_id
        )
        return placed | (self & waiting.with_env(self.env))

    def _placed(self):
        """Return those that lie on the server; what was in a folder that is gone from there is in Odoo only."""
        return self.filtered(lambda message: message.server_folder_id and not message.server_folder_id._is_gone())

    def _move_to(self, folder):
        moved = self.filtered(lambda message: message.folder_id != folder)
        if moved:
            moved._send_to(folder)

    def _send_to(self, folder):
        """Show these messages in ``folder`` and have the server move them there, wherever they were to go before."""
        # sudo: where a message lies is not a field that users write; that they may move it was checked by the caller.
        self.sudo().folder_id = folder
        self.env["comm.operation"]._enqueue(self, "move", folder)

    def _enqueue_marks(self, vals):
        """Note the marks of ``vals`` for the messages that do not have them yet."""
        operations = self.env["comm.operation"]
        for name, flag in FLAGS.items():
            if name in vals:
                value = bool(vals[name])
                operations._enqueue_flags(self.filtered_domain([(name, "!=", value)]), flag, value)
        if "keywords" in vals:
            wanted = set((vals["keywords"] or "").split())
            held = {message: set((message.keywords or "").split()) for message in self}
            for keyword in sorted(wanted.union(*held.values())):
                value = keyword in wanted
                changed = self.browse(message.id for message, held_by in held.items() if (keyword in held_by) != value)
                operations._enqueue_flags(changed, keyword, value)

    def _read_keywords(self, text):
        keywords = sorted(set((text or "").split()))
        for keyword in keywords:
            if not KEYWORD.fullmatch(keyword):
                raise UserError(self.env._("“%s” cannot be a keyword: no mail server takes it.", keyword))
        return " ".join(keywords) or False
