"""A real invoice. Needs `account`, which our addons do not: `./dev test --odoo-mail` runs this on a database that has it."""

from email import message_from_bytes, policy

from odoo import SUPERUSER_ID
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .sending import ADDRESS, SendingCase


@tagged("post_install", "-at_install")
class TestInvoice(AccountTestInvoicingCommon, SendingCase):
    """What anna sends in the accounting leaves through the server that "Which server?" named to her before."""

    def setUp(self):
        super().setUp()
        self.books = self.company_data["company"]
        self.anna.group_ids += self.env.ref("account.group_account_invoice") + self.env.ref(
            "base.group_partner_manager"
        )
        self.anna.write({"company_ids": [Command.link(self.books.id)], "company_id": self.books.id})
        # The accounting's own tests go on as an accountant.
        self.env = self.env(user=SUPERUSER_ID, su=True)
        self.company = self.books
        self.partner_a.email = "customer@example.com"
        self.partner_a.with_company(self.books).invoice_sending_method = "email"
        self.queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        self.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"

    def invoice(self):
        moves = self.env["account.move"].with_user(self.anna).with_company(self.books)
        line = Command.create({"product_id": self.product_a.id, "quantity": 2, "price_unit": 50})
        values = {"move_type": "out_invoice", "partner_id": self.partner_a.id, "invoice_line_ids": [line]}
        invoice = moves.create({**values, "invoice_date": "2026-11-02"})
        invoice.action_post()
        return invoice

    def send(self, invoice):
        """Press "Send" on the invoice, and in its dialog."""
        action = invoice.action_invoice_sent()
        wizards = self.env[action["res_model"]].with_user(self.anna).with_company(self.books)
        wizard = wizards.with_context(**action["context"], mail_notify_force_send=False).create({})
        wizard.sending_methods = ["email"]
        wizard.action_send_and_print()

    def send_two_at_once(self, invoices):
        """Press "Send" in the list: the scheduled action of the accounting does the rest, as OdooBot."""
        wizards = self.env["account.move.send.batch.wizard"].with_user(self.anna).with_company(self.books)
        wizards.create({"move_ids": [Command.set(invoices.ids)]}).action_send_and_print()
        self.assertEqual(self.env["mail.mail"].search([("state", "=", "outgoing")]), self.env["mail.mail"])
        self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.queue.method_direct_trigger()

    def post(self, invoice):
        invoice.with_context(mail_notify_force_send=False).message_post(
            body="Any questions?", partner_ids=self.partner_a.ids, subtype_xmlid="mail.mt_comment"
        )

    def explained(self):
        """Return the level that "Which server?" names to anna, and its sentence."""
        route = self.resolve()
        question = self.env["comm.smtp.question"].with_user(self.anna).with_company(self.books)
        [taken] = question.create({"email_from": ADDRESS}).step_ids.filtered("taken")
        self.assertEqual([step.reason for step in route.steps if step.taken], [taken.reason])
        return route.via, taken.reason

    def test_invoice_and_chatter_message_leave_through_the_server_that_was_named(self):
        for expected, make in (("own", self.make_own), ("shared", self.make_shared_smtp), ("default", self.make_default),
                               ("company", self.make_company)):  # fmt: skip
            with self.subTest(expected), self.undone():
                make()
                level, reason = self.explained()
                self.assertEqual(level, expected)
                invoice = self.invoice()
                self.send(invoice)
                self.post(invoice)
                mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
                self.assertEqual(len(mails), 2)
                # What is kept tells the way; otherwise it goes with the mail, as the template says.
                mails.auto_delete = False
                self.assertEqual(self.came_through(), [])
                self.queue.method_direct_trigger()
                self.assertEqual(mails.mapped("state"), ["sent", "sent"], mails.mapped("failure_reason"))
                self.assertEqual(self.came_through(), [expected])
                invoice_mail, message = sorted(self.receivers[expected].received, key=lambda mail: -len(mail.content))
                for envelope in (invoice_mail, message):
                    self.assertIn("customer@example.com", envelope.rcpt_tos)
                    self.assertIn(f"<{ADDRESS}>".encode(), envelope.content)
                self.assertIn(invoice.name.replace("/", "_").encode(), invoice_mail.content)
                text = message_from_bytes(message.content, policy=policy.default).get_body(("plain",)).get_content()
                self.assertTrue(text.startswith("Any questions?"))
                for mail in mails:
                    self.assertIn(f"→ {reason}", mail.comm_route)

    def test_several_invoices_sent_by_the_scheduled_action_of_the_accounting_take_the_same_way(self):
        self.make_own()
        self.make_company()
        invoices = self.invoice() + self.invoice()
        self.send_two_at_once(invoices)
        self.assertEqual(self.came_through(), ["own"])
        self.assertEqual(len(self.receivers["own"].received), 2)
