from email import message_from_bytes, policy

from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.outbox import OutboxCase

TOUR = "comm_folders.composer"


@tagged("post_install", "-at_install")
class TestTourComposer(OutboxCase, BrowserCase):
    """Anna writes, answers and forwards in a real browser; what arrives is read with a plain IMAP client."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.write({"lang": "en_US", "name": "Anna Ott", "signature": "<p>Anna Ott, Sales</p>"})
        self.bens = self.lab.account()
        self.deliver("Question", body="How much is it?")
        # What a stranger's mail loads would tell that it was read.
        self.lab.deliver(self.account.address, self.with_attachment("Plan", b"%PDF-1.4 plan"))
        self.inbox = self.make_synced(email=self.account.address)
        self.out = self.make_smtp(sent_folder_id=self.folder(self.inbox, "Sent").id)
        self.env["comm.structure.entry"].with_user(self.anna).insert(
            "personal", {"mailbox_id": self.inbox.id}, False, "after"
        )
        self.env["res.partner"].create({"name": "Ben Kern", "email": self.bens.address})

    def mail(self, client, folder, subject):
        client.select(f'"{folder}"')
        numbers = client.search(None, "UNDELETED", "SUBJECT", f'"{subject}"')[1][0].split()
        self.assertEqual(len(numbers), 1, f"{subject} in {folder}")
        raw = client.fetch(numbers[0], "(BODY.PEEK[])")[1][0][1]
        return message_from_bytes(raw, policy=policy.default)

    def test_written_answered_and_forwarded_mail_arrives_and_is_filed(self):
        self.start_tour("/odoo", TOUR, login=self.anna.login, timeout=180)
        self.send()
        self.push()

        ben = self.lab.imap(self.bens)
        self.addCleanup(ben.logout)
        new = self.mail(ben, "INBOX", "Offer for your kitchen")
        self.assertEqual(new["From"], f"Anna Ott <{self.account.address}>")
        self.assertEqual(new["To"], f"Ben Kern <{self.bens.address}>")
        self.assertIn("9.400", new.get_body(("plain",)).get_content())
        self.assertIn("Anna Ott, Sales", new.get_body(("html",)).get_content())
        self.assertEqual([part.get_filename() for part in new.iter_attachments()], ["price list.txt"])
        self.assertEqual(next(new.iter_attachments()).get_content().strip(), "kitchen 9.400")

        answer = self.mail(self.client, "Sent", "Re: Question")
        self.assertEqual(answer["To"], "Sender <sender@example.com>")
        self.assertEqual(answer["In-Reply-To"], "<Question@example.com>")
        text = answer.get_body(("plain",)).get_content()
        self.assertIn("It is 9.400", text)
        self.assertIn("How much is it?", text)

        forwarded = self.mail(ben, "INBOX", "Fwd: Plan")
        self.assertEqual([part.get_filename() for part in forwarded.iter_attachments()], ["file.bin"])
        self.assertEqual(next(forwarded.iter_attachments()).get_content(), b"%PDF-1.4 plan")

        sent = ["Offer for your kitchen", "Re: Question", "Fwd: Plan"]
        self.assertCountEqual(self.subjects("Sent"), sent)
        self.assertEqual(self.flags("INBOX", "Question") & {r"\Answered"}, {r"\Answered"})
        self.assertEqual(self.subjects("Drafts"), ["Later"])
