import re

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Datetime

from ..protocol.errors import ProtocolError
from ..protocol.mime_write import Draft, File, without_bcc, write
from ..sync.errors import MessageGone


class CommMessage(models.Model):
    """A message as a file, to be forwarded with everything in it."""

    _inherit = "comm.message"

    def _as_file(self):
        """Return this message as an attachment of its own, that belongs to nothing yet (see ``_attach_files``).

        :raise UserError: when it has to be fetched and the server does not answer
        """
        self.ensure_one()
        self.check_access("read")
        name = re.sub(r"[\x00-\x1f/\\:*?\"<>|]+", " ", self.subject or "").strip(" .")[:80]
        return self.env["ir.attachment"].create(
            {
                "name": f"{name or self.env._('Message')}.eml",
                "mimetype": "message/rfc822",
                # Whoever gets it is not told who got it in secret.
                "raw": without_bcc(self._whole_source()),
                "res_model": self._name,
                "res_id": 0,
            }
        )

    def _whole_source(self):
        """Return the mail as it is on the server, or as far as its parts are kept here."""
        # sudo: that the user may read it was checked by the caller; the source is a part of it.
        message = self.sudo()
        if source := message._source():
            return source
        if message.uid and message._placed() and message.mailbox_id.kind == "imap":
            return message._read_from_server()
        return message._rebuilt()

    def _read_from_server(self):
        folder = self.server_folder_id
        mailbox = self.mailbox_id.with_env(self.env)
        try:
            with mailbox._open_session__() as session:
                session.examine(folder.path)
                fetched = next(iter(session.messages([self.uid])), None)
                if fetched is None:
                    raise MessageGone
                return fetched.raw[:]
        except ProtocolError as error:
            raise UserError(mailbox._explain(error)) from None

    def _rebuilt(self):
        """Return a mail of what is kept of this one, such as one of a POP3 server, which has no copy any more."""
        files = self.attachment_ids.filtered(lambda file: not file.comm_is_source)
        return write(
            Draft(
                sender=next(iter(self._pairs(self.email_from)), None),
                to=self._pairs(self.email_to),
                cc=self._pairs(self.email_cc),
                subject=self.subject or "",
                message_id=self.message_id or f"<{self.id}.{self.identity or 'message'}@odoo.invalid>",
                date=self.date or Datetime.now(),
                in_reply_to=self.in_reply_to or "",
                references=self.references or "",
                text=self.body_text or "",
                html=self.body_html or "",
                files=[
                    File(file.name, file.mimetype, file.raw or b"", file.comm_content_id or "")
                    for file in files.sorted("id")
                ],
            )
        )
