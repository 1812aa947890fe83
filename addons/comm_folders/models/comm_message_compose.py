from odoo import models


class CommMessage(models.Model):
    """What the author of a message can do about it on its form, where the notice that it was not sent leads."""

    _inherit = "comm.message"

    def action_compose_again(self):
        """Open what was not sent in a window to write in."""
        message = self.action_edit_again()
        return self._compose_action(mode="draft", messageId=message.id)

    def action_compose_answer(self):
        """Open a window with an answer to this message; the mode comes with the context."""
        self.ensure_one()
        return self._compose_action(mode=self.env.context.get("comm_compose_mode", "reply"), messageId=self.id)

    def action_send_again(self):
        """Send a second time what perhaps arrived; the author was asked."""
        self.action_retry(confirmed=True)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_try_again(self):
        self.action_retry()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_note_arrived(self):
        self.action_was_sent()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _compose_action(self, **params):
        return {"type": "ir.actions.client", "tag": "comm_folders.compose", "params": params}
