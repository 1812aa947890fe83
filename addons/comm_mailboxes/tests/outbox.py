"""What the tests of sending share."""

from datetime import timedelta

from odoo import fields
from odoo.tools import mute_logger

from .common import SyncCase
from .smtp_server import unruly_server


class OutboxCase(SyncCase):
    """Anna with a mailbox to fetch and one to send, on the lab's real servers, or on one that misbehaves."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        self.anna.res_users_settings_id or self.env["res.users.settings"]._find_or_create_for_user(self.anna)
        self.anna.sudo().res_users_settings_ids.comm_undo_seconds = 0
        self.anna.email = self.account.address
        self.messages_as_anna = self.env["comm.message"].with_user(self.anna)

    def make_smtp(self, user=None, **vals):
        return self.make_lab_mailbox(
            user,
            **{
                "name": "Out",
                "kind": "smtp",
                "security": "starttls",
                "port": self.lab.ports["submission"],
                "email": self.account.address,
                **vals,
            },
        ).with_env(self.env)

    def make_unruly(self, **vals):
        """Return a server that does what the test wants, and a mailbox that sends through it."""
        server, port = self.enterContext(unruly_server())
        without_login = {"login": False, "password": False, "security": "none"}
        return server, self.make_smtp(host="127.0.0.1", port=port, **without_login, **vals)

    def written(self, mailbox, user=None, **values):
        """Return a draft of anna's, as superuser."""
        values = {
            "from_mailbox_id": mailbox.id,
            "email_to": "ben@example.com",
            "subject": "Offer",
            "body_html": "<p>Dear Ben</p>",
            **values,
        }
        model = self.env["comm.message"].with_user(user or self.anna)
        return self.env["comm.message"].browse(model.save_draft(values))

    def queue(self, mailbox, user=None, **values):
        message = self.written(mailbox, user, **values)
        message.with_user(user or self.anna).action_send()
        return message

    def send(self):
        """Run the scheduled action, as the scheduler does within seconds."""
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_send").method_direct_trigger()
        self.env.invalidate_all()

    def push(self):
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_push").method_direct_trigger()
        self.env.invalidate_all()

    def make_due(self, message):
        """Let the time pass that a next try waits for."""
        self.assertGreater(message.next_try_at, fields.Datetime.now())
        message.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    def activity(self, message):
        return message.unsent_activity_id
