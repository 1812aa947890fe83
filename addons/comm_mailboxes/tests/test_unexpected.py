from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..sync import engine, outbox
from .common import LabCase

SECRET = "Hidden-4711-staple"
OTHER_SECRET = "Core-4712-staple"
THIRD_SECRET = "Shop-4713-staple"
LOGGER = "odoo.addons.comm_mailboxes"


@tagged("post_install", "-at_install")
class TestUnexpected(LabCase):
    """What nobody thought of is told, without a secret that may stand in it."""

    def fail_in(self, owner, name, mailbox, action, *, halfway=False):
        """Let ``owner.name`` raise what quotes secrets, do ``action(mailbox)`` as a scheduled action does, return the log.

        :param halfway: it has written something by then
        """

        def fail(*_args, **_options):
            if halfway:
                acting.name = "Half done"
            raise RuntimeError(f"LOGIN x {SECRET} and then {OTHER_SECRET} or {THIRD_SECRET}")

        self.env.flush_all()
        with (
            patch.object(owner, name, fail),
            self.assertLogs(LOGGER, "ERROR") as logs,
            self.registry.cursor() as cr,
        ):
            acting = mailbox.with_env(api.Environment(cr, SUPERUSER_ID, {}))
            action(acting)
        self.env.invalidate_all()
        self.assertEqual(mailbox.name, "Office", "what was half done is undone")
        text = "\n".join(record.getMessage() for record in logs.records)
        self.assertIn("RuntimeError", text)
        self.assertIn("Traceback", text)
        self.assertNotIn(SECRET, text)
        self.assertFalse([record for record in logs.records if record.exc_info], "a trace beside the concealed one")
        return text

    def last_event(self, mailbox, step):
        return mailbox.sudo().event_ids.filtered(lambda event: event.step == step)[:1]

    def test_sending(self):
        self.env["ir.mail_server"].create(
            {"name": "Core", "smtp_host": "127.0.0.1", "smtp_user": "x", "smtp_pass": OTHER_SECRET}
        )
        self.make_lab_mailbox(self.ben, kind="smtp", email="ben@lab.test", password=THIRD_SECRET)
        mailbox = self.make_lab_mailbox(kind="smtp", email="anna@lab.test", password=SECRET)
        text = self.fail_in(outbox, "send", mailbox, lambda mailbox: mailbox._try_to_send())
        self.assertNotIn(OTHER_SECRET, text)
        self.assertNotIn(THIRD_SECRET, text)
        event = self.last_event(mailbox, "send")
        self.assertEqual(event.level, "error")
        self.assertIn("RuntimeError", event.text)
        self.assertNotIn(SECRET, event.text)

    def test_fetching_and_telling_outside_of_the_visit(self):
        mailbox = self.make_lab_mailbox(password=SECRET)
        for step, action in (
            ("fetch", lambda mailbox: mailbox._fetch_due(mailbox.lease_ids)),
            ("push", lambda mailbox: mailbox._cron_push_operations()),
        ):
            with self.subTest(step), patch.object(type(mailbox), "_to_push", lambda mailbox: mailbox):
                self.fail_in(type(mailbox), "_visit", mailbox, action, halfway=True)
                self.assertEqual(self.last_event(mailbox, step).level, "error")

    def test_inside_of_the_visit(self):
        mailbox = self.make_lab_mailbox(auto_fetch=True)
        with patch(f"{__name__}.SECRET", self.account.password):
            self.fail_in(engine, "fetch_mail", mailbox, lambda mailbox: mailbox._fetch_due(mailbox.lease_ids))
        self.assertIn("RuntimeError", mailbox.last_error)
