import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

DAYS = 30
MOST_DAYS = 365
VACUUM_BATCH = 100


class CommAttachmentLink(models.Model):
    """A file that is sent as a link: whoever has the address can download it until a day.

    The address holds a random word of which only the hash is kept: nobody who reads the database can open the file by it.
    The file is a copy of its own, so the link opens nothing else, and nothing else that becomes of the original.
    """

    _name = "comm.attachment.link"
    _description = "File sent as a link"
    _order = "id desc"

    name = fields.Char(string="File", required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    file_size = fields.Integer(string="Size", related="attachment_id.file_size")
    token_hash = fields.Char(required=True, readonly=True, copy=False, groups="base.group_no_one")
    user_id = fields.Many2one(
        "res.users", string="Sent by", required=True, readonly=True, ondelete="cascade", index=True
    )
    message_id = fields.Many2one("comm.message", readonly=True, ondelete="set null", index="btree_not_null")
    expires_on = fields.Date(
        string="Until", required=True, help="The last day on which the file can be downloaded; then it is deleted."
    )
    download_count = fields.Integer(string="Downloads", readonly=True)
    last_download = fields.Datetime(readonly=True)

    _by_token = models.UniqueIndex("(token_hash)")

    @api.constrains("expires_on")
    def _check_expires_on(self):
        latest = fields.Date.today() + timedelta(days=MOST_DAYS)
        if any(link.expires_on > latest for link in self):
            raise UserError(self.env._("A link ends within a year."))

    def write(self, vals):
        if not self.env.su and vals.keys() - {"expires_on"}:
            # Else a link could be turned to any file.
            raise AccessError(self.env._("Only the day on which a link ends can be changed."))
        return super().write(vals)

    @api.model
    def share(self, attachment_id, days=DAYS):
        """Make a link to a copy of a file that the current user may read.

        :return: dict: id, url, name, file_size, and "until", the last day as a sentence has it
        """
        file = self.env["ir.attachment"].browse(attachment_id).exists()
        file.check_access("read")
        if not file or file.type != "binary":
            raise UserError(self.env._("This file is not there any more."))
        token = secrets.token_urlsafe(32)
        expires_on = fields.Date.context_today(self) + timedelta(days=min(max(int(days), 1), MOST_DAYS))
        # sudo: users make links by this method only, which checks that they may read the file.
        link = self.sudo().create(
            {
                "name": file.name,
                "token_hash": self._hash(token),
                "user_id": self.env.uid,
                "expires_on": expires_on,
            }
        )
        link.attachment_id = file.sudo().copy(
            {
                "name": file.name,
                "res_model": self._name,
                "res_id": link.id,
                "res_field": False,
                "public": False,
                "access_token": False,
                "comm_content_id": False,
                "comm_is_source": False,
            }
        )
        return {
            "id": link.id,
            "url": f"{self.get_base_url().rstrip('/')}/comm_mailboxes/file/{token}",
            "name": link.name,
            "file_size": link.attachment_id.file_size,
            "until": format_date(self.env, expires_on),
        }

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _open__(self, token):  # noqa: PLW3201 (hands out a file to whoever has the word)
        """Return the attachment behind a link, as superuser; none when there is no such link, or no longer."""
        link = self.sudo().search([("token_hash", "=", self._hash(token))], limit=1)
        if not link or link.expires_on < fields.Date.today():
            return self.env["ir.attachment"].sudo()
        link.write({"download_count": link.download_count + 1, "last_download": fields.Datetime.now()})
        return link.attachment_id

    def action_revoke(self):
        """End these links now."""
        self.check_access("unlink")
        self._delete_with_files()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _delete_with_files(self):
        # sudo: the copies are the links' own.
        self.sudo().attachment_id.unlink()
        self.unlink()

    @api.autovacuum
    def _gc_expired(self):
        ended = self.search([("expires_on", "<", fields.Date.today())], limit=VACUUM_BATCH)
        count = len(ended)
        ended._delete_with_files()
        return count, count == VACUUM_BATCH
