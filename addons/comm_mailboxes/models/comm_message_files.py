from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..protocol import html_tree
from .comm_message_source import LOCAL_FILE

# Uploads that no message took, because the window was closed without saving, are kept so long.
UPLOADS_KEPT = timedelta(days=1)
VACUUM_BATCH = 1000
# Where the images lie that a draft shows: with the field that shows them, so that they are no attachments of the message.
IMAGES_OF = "compose_html"


def _image_id(image):
    match = LOCAL_FILE.fullmatch(image.get("src") or "")
    return int(match[1]) if match and len(match[1]) < 10 else None


class CommMessage(models.Model):
    """The files of what is being written: uploads become the draft's, what is elsewhere is copied once."""

    _inherit = "comm.message"

    @api.model
    def keep_draft(self, values):
        """As :meth:`save_draft`, for windows that go on writing.

        :return: ``{"id": draft, "version": int, "attachments": [[id as given, id of the draft's own], ...],
            "images": the same of images in the text that lay with another draft}``
        """
        draft = self._draft_of(values)
        taken = self._own_files(values["attachment_ids"], draft) if "attachment_ids" in values else {}
        if taken:
            values = {**values, "attachment_ids": list(taken.values())}
        values, images = self._with_own_images(values, draft)
        draft = self._save_draft(values)
        return {
            "id": draft.id,
            "version": draft.compose_version,
            "attachments": [list(pair) for pair in taken.items()],
            "images": [list(pair) for pair in images.items()],
        }

    @api.model
    def _own_files(self, ids, draft):
        """Return ``{id: id of the same content that is an upload or the draft's}``; what is gone is left out."""
        files = self.env["ir.attachment"].browse(ids).exists()
        files.check_access("read")
        taken = {}
        for file in files:
            own = file.res_model == self._name and file.res_id in (0, False, draft.id)
            taken[file.id] = file.id if own else self._copied_upload(file).id
        return taken

    def _copied_upload(self, file):
        if file.type != "binary":
            raise UserError(self.env._("“%s” is a link and cannot be attached. Put it into the text.", file.name))
        # sudo: that the user may read it was checked by the caller; the copy belongs to nobody else.
        return file.sudo().copy(
            {
                "name": file.name,
                "res_model": self._name,
                "res_id": 0,
                "res_field": False,
                "public": False,
                "access_token": False,
                "comm_content_id": False,
                "comm_is_source": False,
            }
        )

    @api.model
    def _save_draft(self, values, *, store=True):
        values, _images = self._with_own_images(values, self._draft_of(values))
        # The images go first: the source is written of what the draft has.
        draft = super()._save_draft(values, store=False)
        if "body_html" in values:
            draft._claim_images()
            draft._claim_links(values.get("link_ids") or [])
        if store:
            draft._write_source(fields.Datetime.now())
            draft._store_draft()
        return draft

    @api.model
    def _with_own_images(self, values, draft):
        """Return ``values`` with copies of images that lie with another draft, and ``{id: id of the copy}``.

        What is written here began as a copy of that one, which may be discarded with all that is its own.
        """
        shown = self._images_in(values.get("body_html"))
        # As far as the author may read them
        found = self._readable_images(image.get("src") or "" for image in shown)
        others = {
            image.id: image
            for image in found.values()
            if (image.res_model, image.res_field) == (self._name, IMAGES_OF) and image.res_id != draft.id
        }
        if not others:
            return values, {}
        # The answer to an earlier call may have got lost.
        copied = {image.checksum: image for image in draft._held_images()}
        own = {image.id: (copied.get(image.checksum) or self._copied_upload(image)).id for image in others.values()}
        for image in shown:
            if (number := _image_id(image)) in own:
                image.set("src", f"/web/image/{own[number]}")
        return {**values, "body_html": html_tree.written(shown[0].getroottree().getroot())}, own

    @api.model
    def _images_in(self, text):
        return list(html_tree.parse(text).iter("img")) if "/web/image/" in str(text or "") else []

    def _held_images(self):
        """Return the images that lie with this draft."""
        # sudo: of a draft that its author goes on with.
        files = self.env["ir.attachment"].sudo()
        lying = [("res_model", "=", self._name), ("res_id", "in", self.ids), ("res_field", "=", IMAGES_OF)]
        return files.search(lying)

    def _claim_images(self):
        """Make the uploads that the text shows the draft's, and forget those that it shows no more."""
        shown = {_image_id(image) for image in self._images_in(self.compose_html)} - {None}
        # sudo: only the user's own uploads, which belong to nothing yet, and this draft's.
        files = self.env["ir.attachment"].sudo()
        uploads = files.search(
            [
                ("id", "in", list(shown)),
                ("res_model", "=", self._name),
                ("res_id", "in", [0, False]),
                ("create_uid", "=", self.env.uid),
            ]
        )
        uploads.write({"res_id": self.id, "res_field": IMAGES_OF})
        held = self._held_images()
        # An editor can take back that an image was deleted: what is new stays for a while.
        recent = fields.Datetime.now() - UPLOADS_KEPT
        held.filtered(lambda file: file.id not in shown and file.create_date < recent).unlink()

    def _claim_links(self, ids):
        """Note with which message the user's links are sent."""
        # sudo: only the user's own, that belong to no message yet.
        links = self.env["comm.attachment.link"].sudo()
        links.search(
            [("id", "in", ids), ("user_id", "=", self.env.uid), ("message_id", "=", False)]
        ).message_id = self.id

    @api.autovacuum
    def _gc_uploads(self):
        """Delete uploads that no message took, and images of drafts that were sent."""
        before = fields.Datetime.now() - UPLOADS_KEPT
        # sudo is what the vacuum runs as.
        files = self.env["ir.attachment"].with_context(skip_res_field_check=True)
        lost = files.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", [0, False]),
                ("create_date", "<", before),
            ],
            limit=VACUUM_BATCH,
        )
        images = files.search(
            [("res_model", "=", self._name), ("res_field", "=", IMAGES_OF), ("create_date", "<", before)],
            limit=VACUUM_BATCH,
        )
        written = self.with_context(active_test=False).search(
            [("id", "in", images.mapped("res_id")), ("compose_html", "!=", False)]
        )
        used = set(written.ids)
        lost |= images.filtered(lambda file: file.res_id not in used)
        count = len(lost)
        lost.unlink()
        return count, count >= VACUUM_BATCH

    # The size that a server takes

    @api.model
    def send_limit(self, mailbox_id):
        """Return how many bytes a mail sent with this mailbox may have, as its server says; 0: it does not say.

        The server is asked once a day.
        """
        mailbox = self._chosen_mailbox({"from_mailbox_id": mailbox_id}, self)
        return mailbox._send_limit(self.env.user)
