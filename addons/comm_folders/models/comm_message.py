from odoo import models


class CommMessage(models.Model):
    """What the user's own settings say about pictures from the internet."""

    _inherit = "comm.message"

    def _remote_images_setting(self):
        # sudo: everybody's own setting.
        return self.env.user.sudo().res_users_settings_id.comm_remote_images or "ask"

    def _remote_images_offered(self):
        return super()._remote_images_offered() and self._remote_images_setting() != "never"

    def _remote_images_allowed(self, token=""):
        return self._remote_images_setting() != "never" and super()._remote_images_allowed(token)

    def _is_remote_sender(self, address):
        if super()._is_remote_sender(address):
            return True
        if self._remote_images_setting() != "contacts":
            return False
        contacts = self.env["res.partner"]
        return contacts.has_access("read") and bool(
            contacts.search_count([("email_normalized", "=", address)], limit=1)
        )
