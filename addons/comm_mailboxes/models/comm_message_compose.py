from email.utils import make_msgid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, formataddr

from ..protocol import html_tree
from ..protocol.mime_write import message_ids

# What the composer gives to save_draft, and where it lands. Everything else is decided here.
TEXT_FIELDS = ("email_to", "email_cc", "email_bcc", "subject")
CHOICES = ("is_plain", "priority", "read_receipt")
MAX_SUBJECT = 1000


class CommMessage(models.Model):
    """Writing: what the composer starts with (see ``compose_values``), drafts, and sending. Everything as the current user."""

    _inherit = "comm.message"

    original_id = fields.Many2one(
        "comm.message",
        string="Answer to",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The message that this one answers or forwards.",
    )
    compose_mode = fields.Selection(
        [("new", "New"), ("reply", "Reply"), ("reply_all", "Reply to all"), ("forward", "Forward")],
        readonly=True,
        copy=False,
    )

    @api.model
    def save_draft(self, values):
        """Keep what was written so far, here and in the drafts folder of the server.

        :param values: dict of "id" (of the draft, from the last call), "from_mailbox_id", "email_to", "email_cc",
            "email_bcc" (as typed), "subject", "body_html" or with "is_plain" "body_text", "attachment_ids" (all that are to
            be attached; others' files are copied), "priority", "read_receipt", "original_id" and "compose_mode" (as
            ``compose`` gave them), "compose_token" (a word of the window in which it is written), "replaces_id" (as
            ``compose`` gave it) and "version" (as ``compose`` or the last call gave it). What is not in it stays.
        :return: the id of the draft: another one than that in "id", if that was changed in another window since
        """
        return self._save_draft(values).id

    @api.model
    def send(self, values):
        """Save and queue.

        :return: ``{"id": draft, "leaves": UTC time until when action_undo_send can take it back}``
        :raise UserError: with what is missing
        """
        draft = self._save_draft(values, store=False)
        leaves = draft.with_env(self.env).action_send()
        return {"id": draft.id, "leaves": fields.Datetime.to_string(leaves)}

    @api.model
    def _save_draft(self, values, *, store=True):
        draft = self._draft_of(values)
        vals = {name: values[name] or False for name in (*TEXT_FIELDS, *CHOICES) if name in values}
        if "subject" in vals:
            vals["subject"] = " ".join((vals["subject"] or "").split())[:MAX_SUBJECT] or False
        if "body_html" in values:
            vals["compose_html"] = html_tree.flattened(values["body_html"])
        if "body_text" in values:
            vals["body_text"] = values["body_text"]
        vals |= {"compose_token": values.get("compose_token"), "compose_version": draft.compose_version + 1}
        mailbox = self._chosen_mailbox(values, draft)
        if mailbox != draft.from_mailbox_id:
            vals["from_mailbox_id"] = mailbox.id
        sender = formataddr((self._sender_name(mailbox), email_normalize(mailbox.email)))
        if sender != draft.email_from:
            vals["email_from"] = sender
        if draft:
            draft.with_context(comm_sync=True).write(vals)
        else:
            draft = self._new_draft(mailbox, values, vals)
        if "attachment_ids" in values:
            draft._attach_files(self.env["ir.attachment"].browse(values["attachment_ids"]))
        if store:
            draft._write_source(fields.Datetime.now())
            draft._store_draft()
        return draft

    @api.model
    def _draft_of(self, values):
        """Return the draft to go on with, as superuser; none for a new one."""
        draft = self.browse(values.get("id") or [])
        if draft and not draft.exists():
            raise UserError(self.env._("This draft is not there any more."))
        if not draft:
            return draft.sudo()
        draft.check_access("read")
        # sudo: what was written is no field that users change; whose it is follows here.
        found = draft.sudo()
        if found.author_id != self.env.user and found._why_not_sent(self.env.user):
            raise AccessError(self.env._("Only who wrote this draft can go on with it."))
        if found.outgoing_state != "draft":
            raise UserError(found.with_env(self.env)._describe_state())
        return found

    @api.model
    def _chosen_mailbox(self, values, draft):
        """Return the mailbox to send with, as superuser."""
        mailbox = self.env["comm.mailbox"].browse(values.get("from_mailbox_id") or draft.from_mailbox_id.id or [])
        mailbox = mailbox.exists() or self._outgoing_mailboxes()[:1]
        if not mailbox:
            raise UserError(self.env._("You have no outgoing mailbox. Create one first, or ask for the right on one."))
        if mailbox - self._outgoing_mailboxes():
            raise AccessError(self.env._("You may not send with this mailbox. Choose another one."))
        return mailbox.sudo()

    @api.model
    def _outgoing_mailboxes(self):
        """Return the mailboxes that the current user may send with, those of their own first."""
        mailboxes = self.env["comm.mailbox"]
        domain = mailboxes._domain_accessible(self.env.user, "write")
        found = mailboxes.search(domain & Domain([("kind", "=", "smtp"), ("email", "!=", False)]))
        found = found.filtered(lambda mailbox: email_normalize(mailbox.email))
        return found.sorted(lambda mailbox: (mailbox.scope != "personal", not mailbox.is_default, mailbox.id))

    @api.model
    def _sender_name(self, mailbox):
        """Return the name beside the address: of a shared mailbox its own, else the user's."""
        return mailbox.name if mailbox.scope == "shared" else self.env.user.name

    @api.model
    def _new_draft(self, mailbox, values, vals):
        original = self.browse(values.get("original_id") or []).exists()
        # Whoever names another message has to be able to read it: its Message-ID and files come along.
        original.check_access("read")
        original._note_worked_on()
        mode = values.get("compose_mode") or "new"
        thread = original._thread_headers() if mode != "new" else {}
        domain = email_normalize(mailbox.email).rpartition("@")[2]
        folder = mailbox._local_folder("drafts")
        # sudo: what users write is theirs, but they create no messages by themselves.
        return (
            self.sudo()
            .with_context(comm_sync=True)
            .create(
                {
                    **vals,
                    **thread,
                    "message_id": make_msgid(domain=domain.encode("idna").decode()),
                    "outgoing_state": "draft",
                    "author_id": self.env.uid,
                    "original_id": original.id,
                    "compose_mode": mode,
                    "folder_id": folder.id,
                    "mailbox_id": mailbox.id,
                    "is_seen": True,
                }
            )
            .with_env(self.sudo().env)
        )

    def _thread_headers(self):
        """Return the headers of an answer to this message (RFC 5322, 3.6.4)."""
        parent = message_ids(self.message_id)[:1]
        above = message_ids(self.references) or message_ids(self.in_reply_to)[:1]
        return {"in_reply_to": " ".join(parent) or False, "references": " ".join([*above, *parent]) or False}

    def _attach_files(self, files):
        """Make ``files`` the attachments of this draft, in their order; others' files are copied."""
        held = self.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
        (held - files.sudo()).unlink()
        added = (files - held.with_env(files.env)).exists()
        added.check_access("read")
        for file in added:
            if file.type != "binary":
                raise UserError(self.env._("“%s” is a link and cannot be attached. Put it into the text.", file.name))
        # sudo: the right to read was checked above, the draft is the user's.
        for file in added.sudo():
            home = {"res_model": self._name, "res_id": self.id, "public": False, "access_token": False}
            uploaded = not file.res_id and file.create_uid == self.env.user and not file.res_field
            if uploaded and (file.res_model or self._name) in (self._name, "mail.compose.message"):
                file.write(home)
            else:
                file.copy(
                    {**home, "name": file.name, "comm_content_id": False, "comm_is_source": False, "res_field": False}
                )
        self.invalidate_recordset(["attachment_ids"])

    def _choose_another_from(self, user):
        """Let this message go on under the first mailbox of ``user`` where the one that it has sends no more for them."""
        if not self._why_not_sent(user):
            return
        mailboxes = self.with_user(user)._outgoing_mailboxes()
        mailbox = (self.from_mailbox_id.with_env(mailboxes.env) & mailboxes) or mailboxes[:1]
        if not mailbox:
            raise UserError(self.env._("You have no outgoing mailbox. Create one first, or ask for the right on one."))
        sender = formataddr((self.with_user(user)._sender_name(mailbox), email_normalize(mailbox.email)))
        self.with_context(comm_sync=True).write({"from_mailbox_id": mailbox.id, "email_from": sender})

    def _make_draft(self):
        self.with_context(comm_sync=True).write(
            {"outgoing_state": "draft", "next_try_at": False, "send_error": False, "queued_at": False}
        )
        self._write_source(fields.Datetime.now())
        self._store_draft()

    def _copy_as_draft(self):
        """Return a new draft with the content of this message, under a Message-ID of its own."""
        values = {name: self[name] for name in (*TEXT_FIELDS, *CHOICES)}
        values["body_html"] = self.compose_html or self._html_with_images()
        files = self.attachment_ids.filtered(lambda file: not file.comm_is_source and not file.comm_content_id)
        author = self.with_env(self.env(su=False))
        usable = self.from_mailbox_id.with_env(author.env) & author._outgoing_mailboxes()
        return author._save_draft(
            {
                **values,
                "body_text": self.body_text,
                "from_mailbox_id": (usable or author._outgoing_mailboxes()[:1]).id,
                "original_id": self.original_id.id,
                "compose_mode": self.compose_mode,
                "attachment_ids": files.ids,
            }
        )

    # Suggestions

    @api.model
    def suggest_recipients(self, text, limit=10):
        """Return ``[{"name", "email", "partner_id"}]`` for what was typed: contacts, then past correspondents.

        One query each, as the current user: nobody is suggested an address out of mail that they may not read.
        """
        text = (text or "").strip()
        if len(text) < 2:
            return []
        domain = ["&", ("email_normalized", "!=", False), "|", ("name", "ilike", text), ("email", "ilike", text)]
        partners = self.env["res.partner"].search_fetch(domain, ["name", "email_normalized"], limit=limit)
        found = {}
        for partner in partners:
            found.setdefault(
                partner.email_normalized,
                {"name": partner.name or "", "email": partner.email_normalized, "partner_id": partner.id},
            )
        if len(found) < limit:
            for name, address in self._pairs(", ".join(self._correspondents(text, 20 * limit))):
                email = email_normalize(address)
                if email and text.lower() in f"{name} {email}".lower():
                    found.setdefault(email, {"name": name, "email": email, "partner_id": False})
        return list(found.values())[:limit]

    @api.model
    def _correspondents(self, text, limit):
        """Return the headers that name who wrote to the current user, and to whom they wrote, of the newest mails."""
        mine = Domain("author_id", "=", self.env.uid) & Domain("outgoing_state", "=", "sent")
        named = Domain("email_to", "ilike", text) | Domain("email_cc", "ilike", text)
        matching = Domain("email_from", "ilike", text) | (mine & Domain("email_bcc", "ilike", text))
        matching |= (mine | Domain("folder_id.role", "=", "sent")) & named
        names = ["email_from", "email_to", "email_cc", "email_bcc", "author_id", "folder_id"]
        headers = {}
        for mail in self.search_fetch(matching, names, limit=limit, order="id desc"):
            # sudo: only what kind of folder it is.
            is_mine = mail.sudo().author_id == self.env.user
            wrote = is_mine or mail.sudo().folder_id.role == "sent"
            named = (wrote and mail.email_to, wrote and mail.email_cc, is_mine and mail.email_bcc)
            headers.update(dict.fromkeys(header for header in (mail.email_from, *named) if header))
        return list(headers)
