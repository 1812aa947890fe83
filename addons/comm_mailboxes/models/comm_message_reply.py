import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, format_date, format_time, formataddr, is_html_empty

from ..protocol.html_text import text_of

# As mail programs of many languages put them before a subject, with the number or brackets that some add (AW[2]:).
_PREFIX = r"(?:re|aw|antw|antwort|sv|rv|ref|odp|vs|vá|r|fwd?|wg|tr|i|enc|weitergeleitet)(?:\s?[\[(]\d{1,3}[\])])?"
_PREFIXES = re.compile(rf"\s*(?:{_PREFIX}\s?:\s*)+", re.IGNORECASE)
_REMOTE_SOURCE = re.compile(r"""(<img\b[^>]*?\s)src=(?=["']?\s*(?:https?:)?//)""", re.IGNORECASE)
# The attribute that keeps the address of an image from the internet; one of those that Odoo's sanitizer leaves.
HELD_BACK = "data-original-src"
MODES = ("new", "reply", "reply_all", "forward")


class CommMessage(models.Model):
    """What the composer starts with: nothing is stored before the user writes (see ``save_draft``)."""

    _inherit = "comm.message"

    @api.model
    def compose(self, mode="new", message_id=None):
        """Return the values with which writing begins.

        :param mode: "new", "reply", "reply_all", "forward", "forward_attachment" (the message as a file), or "edit" for a
            draft, which another mail program may have begun
        :param message_id: the id of the message that is answered, forwarded or edited
        :return: dict: the values that ``save_draft`` takes, and "mailboxes": those to choose From among, with signatures;
            "attachments": name, type and size of "attachment_ids"
        """
        original = self.browse(message_id or []).exists()
        original.check_access("read")
        as_file = mode == "forward_attachment"
        mode = "forward" if as_file else mode
        if mode not in (*MODES, "edit") or (mode != "new" and not original):
            raise UserError(self.env._("This message is not there any more."))
        if mode == "edit" and not original._is_foreign_draft():
            return original._edit_values()
        mailboxes = self._outgoing_mailboxes()
        mailbox = original._mailbox_to_answer_with(mailboxes)
        values = {
            "id": False,
            "version": 0,
            "compose_mode": mode,
            "original_id": original.id,
            "from_mailbox_id": mailbox.id,
            "replaces_id": False,
            "email_to": "",
            "email_cc": "",
            "email_bcc": "",
            "subject": "",
            "is_plain": False,
            "priority": "normal",
            "read_receipt": False,
            "attachment_ids": [],
        }
        if mode == "edit":
            values |= {"compose_mode": "new", "original_id": False, **original._foreign_draft_values(mailboxes)}
            return self._with_choices(values, mailboxes)
        if mode != "new":
            values |= original._answer_values(mode, mailboxes)
        if as_file:
            values["attachment_ids"] = original._as_file().ids
        signature = self._signature_of(mailbox)
        quote = original._quote_html(mode) if mode != "new" and not as_file else Markup()
        values["body_html"] = Markup("<p><br></p>%s%s") % (signature, quote)
        values["body_text"] = text_of(values["body_html"])
        return self._with_choices(values, mailboxes)

    def _edit_values(self):
        draft = self._draft_of({"id": self.id})
        mailboxes = self._outgoing_mailboxes()
        usable = draft.from_mailbox_id.with_env(mailboxes.env) & mailboxes
        names = ("subject", "email_to", "email_cc", "email_bcc", "is_plain", "priority", "read_receipt", "body_text")
        files = draft.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
        values = {
            **{name: draft[name] or "" for name in names},
            "id": draft.id,
            "version": draft.compose_version,
            "is_plain": draft.is_plain,
            "priority": draft.priority or "normal",
            "read_receipt": draft.read_receipt,
            "compose_mode": draft.compose_mode,
            "original_id": draft.original_id.id,
            # One that was archived, deleted or taken away meanwhile is none to choose.
            "from_mailbox_id": (usable or mailboxes[:1]).id,
            "body_html": draft.compose_html or Markup(),
            "attachment_ids": files.ids,
        }
        return self._with_choices(values, mailboxes)

    def _with_choices(self, values, mailboxes):
        files = self.env["ir.attachment"].browse(values["attachment_ids"])
        return {
            **values,
            "mailboxes": [
                {
                    "id": mailbox.id,
                    "name": mailbox.name,
                    "email": formataddr((self._sender_name(mailbox), email_normalize(mailbox.email))),
                    "signature": self._signature_of(mailbox),
                }
                for mailbox in mailboxes
            ],
            "attachments": files.read(["name", "mimetype", "file_size"]),
        }

    @api.model
    def _signature_of(self, mailbox):
        signature = mailbox.signature
        if is_html_empty(signature) and mailbox.scope != "shared":
            signature = self.env.user.signature
        return (
            Markup("") if is_html_empty(signature) else Markup('<div class="o_signature">-- <br>%s</div>') % signature
        )

    def _mailbox_to_answer_with(self, mailboxes):
        """Return the outgoing mailbox for an answer: as the last time in this mailbox, else the one that was written to."""
        if not self:
            return mailboxes[:1]
        last = self.search(
            [("author_id", "=", self.env.uid), ("original_id.mailbox_id", "=", self.mailbox_id.id)],
            order="id desc",
            limit=1,
        ).from_mailbox_id
        if last & mailboxes:
            return last
        written_to = {email_normalize(address) for _name, address in self._pairs(f"{self.email_to}, {self.email_cc}")}
        own = email_normalize(self.mailbox_id.email)
        by_address = mailboxes.grouped(lambda mailbox: email_normalize(mailbox.email))
        for address in (own, *sorted(written_to & by_address.keys() - {False})):
            if address in by_address:
                return by_address[address][:1]
        return mailboxes[:1]

    def _answer_values(self, mode, mailboxes):
        """Return recipients, subject and attachments of an answer to this message."""
        subject = _PREFIXES.sub("", self.subject or "", count=1)
        if mode == "forward":
            # Translators: the prefix of a forwarded subject, such as Fwd:
            files = self.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
            return {"subject": f"{self.env._('Fwd:')} {subject}", "attachment_ids": files.ids}
        own = {email_normalize(mailbox.email) for mailbox in mailboxes} | self._own_addresses()
        wrote = email_normalize(self.email_from)
        if wrote in own:
            # An answer to what I wrote goes to those I wrote to.
            to = self._pairs(self.email_to)
        else:
            to = self._pairs(self.email_reply_to) or self._pairs(self.email_from)
        values = {"subject": f"{self.env._('Re:')} {subject}", "email_to": _listed(to)}
        if mode == "reply_all":
            others = self._pairs(self.email_cc)
            if wrote not in own:
                others = self._pairs(self.email_to) + others
            known = own | {email_normalize(address) for _name, address in to}
            values["email_cc"] = _listed(
                (name, address) for name, address in others if email_normalize(address) not in known
            )
        return values

    def _own_addresses(self):
        """Return the addresses under which the current user gets mail."""
        user = self.env.user
        mailboxes = self.env["comm.mailbox"]
        mailboxes = mailboxes.search(mailboxes._domain_accessible(user) & Domain("email", "!=", False))
        return {email_normalize(address) for address in (user.email, *mailboxes.mapped("email"))} - {False}

    def _quote_html(self, mode):
        """Return this message as it stands below an answer, or in a forwarded message."""
        _ = self.env._
        body = self._html_with_images()
        sender = self.email_from or ""
        date = time = ""
        if self.date:
            here = fields.Datetime.context_timestamp(self, self.date)
            date, time = format_date(self.env, here.date()), format_time(self.env, here.timetz(), time_format="short")
        if mode != "forward":
            line = (
                _("On %(date)s at %(time)s, %(sender)s wrote:", date=date, time=time, sender=sender)
                if date
                else _("%s wrote:", sender)
            )
            return Markup(
                '<div class="o_comm_quote"><p><br></p><p>%s</p><blockquote type="cite">%s</blockquote></div>'
            ) % (
                line,
                body,
            )
        header = [
            (_("From"), self.email_from),
            (_("Date"), f"{date} {time}".strip()),
            (_("Subject"), self.subject),
            (_("To"), self.email_to),
            (_("Cc"), self.email_cc),
        ]
        lines = Markup("<br>").join(Markup("<b>%s:</b> %s") % pair for pair in header if pair[1])
        title = _("Forwarded message")
        quote = Markup(
            '<div class="o_comm_quote o_comm_forwarded"><p><br></p><p>---------- %s ----------<br>%s</p>%s</div>'
        )
        return quote % (title, lines, body)

    def _html_with_images(self):
        """Return the body with its images as Odoo shows them, and the editor takes them.

        Those from the internet are not loaded: that would tell the sender that this is being answered. Their addresses
        wait in an attribute, and are where they belong in what is sent (see ``_with_content_ids``).
        """
        body = self.body_html or Markup("<p>%s</p>") % Markup("<br>").join((self.body_text or "").splitlines())
        for image in self.attachment_ids.filtered("comm_content_id"):
            body = body.replace(f"cid:{image.comm_content_id}", f"/web/image/{image.id}")
        # Sanitised when it was stored; this only renames attributes.
        return Markup(_REMOTE_SOURCE.sub(rf"\1{HELD_BACK}=", str(body)))  # noqa: S704


def _listed(pairs):
    """Return addresses as they are shown in a field, each once."""
    unique = {email_normalize(address): formataddr((name, address)) for name, address in pairs}
    return ", ".join(unique.values())
