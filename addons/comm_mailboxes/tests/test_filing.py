import email
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestFiling(OutboxCase):
    """What Odoo itself sends through a mailbox is filed there, once, if the mailbox says so."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False))
        self.inbox = self.make_synced(email=self.account.address)
        self.sent = self.folder(self.inbox, "Sent")
        self.server, self.out = self.make_unruly(sent_folder_id=self.sent.id, file_odoo_mail=True)
        self.anna.group_ids += self.env.ref("base.group_partner_manager")
        self.customer = self.env["res.partner"].create({"name": "Customer", "email": "customer@example.com"})

    def post(self, **values):
        """Write in the chatter of a document as anna, and let Odoo's queue send it as OdooBot."""
        document = self.env["res.partner"].create({"name": "Document"})
        document.message_subscribe(self.customer.ids)
        document.with_user(self.anna).with_context(mail_notify_force_send=False).message_post(
            body="Dear customer", subject="Invoice", subtype_xmlid="mail.mt_comment", **values
        )
        self.run_queue()

    def make_file(self):
        """Upload a file as the chatter does."""
        values = {"name": "invoice.pdf", "raw": b"%PDF-1.4 x", "res_model": "mail.compose.message"}
        return self.env["ir.attachment"].with_user(self.anna).create(values)

    def run_queue(self):
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.env["mail.mail"].with_user(self.env.ref("base.user_root")).sudo().process_email_queue()
        self.env.invalidate_all()

    def filed(self):
        return self.env["comm.message"].search([("from_mailbox_id", "=", self.out.id)])

    def test_a_chatter_message_lies_in_the_sent_folder_of_the_server_as_it_was_sent(self):
        self.post(attachment_ids=self.make_file().ids)
        [(_sender, recipients, raw)] = self.server.received
        self.assertEqual(recipients, ("customer@example.com",))
        message = self.filed()
        self.assertEqual((message.subject, message.author_id, message.outgoing_state), ("Invoice", self.anna, "sent"))
        self.assertEqual(message.folder_id, self.sent)
        self.push()
        self.assertEqual((self.subjects("Sent"), self.flags("Sent", "Invoice")), (["Invoice"], {r"\Seen"}))
        on_server = self.client.fetch(self.number("Sent", "Invoice"), "(BODY.PEEK[])")[1][0][1]
        self.assertEqual(email.message_from_bytes(on_server)["Message-ID"], email.message_from_bytes(raw)["Message-ID"])
        self.assertIn(b"invoice.pdf", on_server)
        self.inbox.fetch_mail()
        self.assertEqual(self.message(self.inbox, "Invoice"), message)
        self.assertEqual((len(self.server.received), self.out.message_count), (1, 0))

    def test_of_several_with_one_message_id_each_is_stored(self):
        """As Odoo sends a message to each recipient in a language or with links of their own."""
        for hidden in ("NOTHING", "UIDPLUS"):
            with self.subTest(hidden), self.lab.proxy("imap") as proxy:
                proxy.hide(hidden)
                self.through(proxy, self.inbox)
                for number in range(3):
                    raw = f"From: a@lab.test\r\nTo: p{number}@example.com\r\nSubject: {hidden}\r\n"
                    raw += f"Message-ID: <{hidden}@lab.test>\r\n\r\nDear {number}\r\n"
                    self.env["comm.message"]._file_sent(self.out, self.anna, raw.encode())
                filed = self.filed().filtered(lambda message, hidden=hidden: message.subject == hidden)
                for _visit in range(2):
                    self.push()
                    self.inbox.fetch_mail()
                self.assertEqual(self.subjects("Sent").count(hidden), 3)
                self.assertEqual(len(filed.exists()), 3)
                self.assertEqual(len(set(filed.mapped("uid"))), 3)
                self.assertEqual(
                    self.messages(self.inbox).filtered(lambda message, hidden=hidden: message.subject == hidden), filed
                )

    def test_a_mailbox_that_does_not_say_so_keeps_nothing(self):
        self.out.file_odoo_mail = False
        self.post()
        self.assertEqual((len(self.server.received), len(self.filed())), (1, 0))

    def test_without_a_sent_folder_it_stays_here(self):
        self.out.sent_folder_id = False
        self.post()
        self.assertEqual((self.filed().folder_id.mailbox_id, self.filed().folder_id.is_local), (self.out, True))
        self.assertEqual(self.out.message_count, 1)

    def test_a_mail_to_several_people_is_filed_once_and_names_them_all(self):
        others = self.env["res.partner"].create([{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(2)])
        self.customer |= others
        self.post()
        self.assertEqual(len(self.server.received), 3)
        self.assertEqual(len(self.filed()), 1)
        for partner in self.customer:
            self.assertIn(partner.email, self.filed().email_to)

    def test_what_was_not_sent_is_not_filed(self):
        self.server.answers["DATA"] = ["554 Looks like spam"]
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.post()
        self.assertEqual((len(self.server.received), len(self.filed())), (0, 0))

    def test_mail_for_signing_in_is_never_filed(self):
        values = {
            "email_from": self.account.address,
            "email_to": "new@example.com",
            "author_id": self.anna.partner_id.id,
        }
        mails = self.env["mail.mail"].create(
            [
                {
                    **values,
                    "subject": "Code",
                    "body_html": "<p>123456</p>",
                    "model": "res.users",
                    "res_id": self.anna.id,
                },
                *(
                    {
                        **values,
                        "subject": page,
                        "body_html": f'<a href="https://x/web/{page}?db=a&amp;token=abc">Here</a>',
                    }
                    for page in ("reset_password", "signup", "login")
                ),
            ]
        )
        self.run_queue()
        self.assertEqual((set(mails.mapped("state")), len(self.server.received)), ({"sent"}, 4))
        self.assertFalse(self.filed())

    def test_the_permission_group_of_the_mailbox_counts_for_its_documents(self):
        self.out.attachment_group_id = group = self.env["comm.attachment.group"].create({"name": "Accounting"})
        self.post(attachment_ids=self.make_file().ids)
        document = self.filed().attachment_ids.filtered(lambda one: one.name == "invoice.pdf")
        self.assertEqual(document.comm_attachment_group_id, group)

    def test_a_copy_that_the_server_refuses_is_tried_again_and_nothing_is_sent_twice(self):
        proxy = self.enterContext(self.lab.proxy("imap"))
        self.through(proxy, self.inbox)
        proxy.deny("APPEND", code="NO", text="[OVERQUOTA] Full", times=1)
        self.post()
        self.push()
        self.assertEqual(self.subjects("Sent"), [])
        self.push()
        self.run_queue()
        self.assertEqual((self.subjects("Sent"), len(self.server.received)), (["Invoice"], 1))

    def test_that_it_cannot_be_filed_does_not_make_it_unsent(self):
        with (
            patch.object(type(self.env["comm.message"]), "_file_sent", side_effect=ValueError("full")),
            mute_logger("odoo.addons.comm_mailboxes.models.comm_message_filing"),
        ):
            self.post()
        notification = self.env["mail.notification"].search([("res_partner_id", "=", self.customer.id)])
        self.assertEqual((len(self.server.received), notification.notification_status), (1, "sent"))
        self.assertIn("could not be kept", self.out.event_ids.filtered(lambda event: event.level == "error").text)
