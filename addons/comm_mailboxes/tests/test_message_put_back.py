from email import message_from_bytes
from email.policy import SMTP

from odoo import fields
from odoo.tests import tagged

from ..models.comm_operation import REFUSALS_BEFORE_UNDO
from .test_message_keep import KeepCase

FULL = "[OVERQUOTA] Quota exceeded"


@tagged("post_install", "-at_install")
class TestMessagePutBack(KeepCase):
    """What the server does not take back from a folder made by hand is there again, and who put it there is told why."""

    def setUp(self):
        super().setUp()
        self.offer.move_to(self.drawer)
        self.sync()

    def empty_trash(self):
        self.expunge(self.trash().path, "Offer")

    def push_refused(self, command, text, times=REFUSALS_BEFORE_UNDO):
        """Tell the server as often as it takes until the change is undone."""
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            proxy.deny(command, text=text)
            for _time in range(times):
                self.assertTrue(self.operations(self.mailbox))
                self.mailbox._push_now()
        self.directly(self.mailbox)
        self.env.invalidate_all()

    def check_in_drawer(self, in_trash):
        """Check that it is in the drawer as it was before, and beside that only where the server has it."""
        self.assertRecordValues(
            self.offer.sudo(),
            [
                {
                    "folder_id": self.drawer.id,
                    "mailbox_id": False,
                    "server_folder_id": False,
                    "uid": False,
                    "active": True,
                }
            ],
        )
        self.assertTrue(self.offer.sudo()._source().endswith(self.raw))
        for _visit in range(2):
            self.assertEqual(self.shown(self.drawer), self.offer.sudo())
            self.assertEqual(self.shown(self.trash()).mapped("subject"), ["Offer"] * in_trash)
            self.assertEqual(self.shown(self.inbox()).mapped("subject"), ["Plan"])
            self.sync()
        self.assertFalse(self.operations(self.mailbox))
        self.assertEqual(self.subjects("INBOX"), ["Plan"])
        self.assertEqual(self.subjects(self.trash().path), ["Offer"] * in_trash)

    def warning(self):
        return self.mailbox.event_ids.filtered(lambda event: event.level == "warning")[:1].text

    def test_while_another_program_moves_its_copy_and_the_end_of_the_visit_shows_it(self):
        """The count of the folder says nothing, as another mail came there, and its sequences are not asked for."""
        self.client.create("Box")
        self.mailbox.refresh_folders()
        self.mailbox.folder_ids.fetch_mode = "tree"
        self.sync()
        self.move(self.trash().path, "Offer", "Box")
        self.offer.move_to(self.inbox())
        self.trash().write({"broken_at": fields.Datetime.now(), "server_count": 0})
        for _visit in range(3):
            self.sync()
        self.assertEqual((sorted(self.subjects("INBOX")), self.subjects("Box")), (["Offer", "Plan"], []))
        self.assertIn(self.offer.sudo(), self.shown(self.inbox()))
        self.assertFalse(self.operations(self.mailbox))

    def test_while_its_copy_lies_in_the_trash(self):
        self.offer.move_to(self.inbox())
        self.offer.is_flagged = True
        self.push_refused("UID MOVE", FULL)
        self.check_in_drawer(in_trash=1)
        self.assertIn(r"\Flagged", self.flags(self.trash().path, "Offer"))
        self.assertIn("Quota exceeded", self.warning())
        self.assertIn("folder made by hand is there again", self.warning())
        self.offer.move_to(self.inbox())
        self.sync()
        self.assertEqual(self.message(self.mailbox, "Offer").id, self.offer.id)
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])

    def test_when_the_trash_was_emptied(self):
        self.empty_trash()
        self.sync()
        self.offer.move_to(self.inbox())
        self.offer.is_flagged = True
        self.push_refused("APPEND", FULL)
        self.check_in_drawer(in_trash=0)
        self.assertTrue(self.offer.is_flagged)
        self.assertIn("Quota exceeded", self.warning())

    def test_marked_in_the_folder_made_by_hand(self):
        self.offer.write({"is_flagged": True, "is_seen": True})
        self.offer.move_to(self.inbox())
        self.sync()
        self.assertEqual(self.flags("INBOX", "Offer"), {r"\Flagged", r"\Seen"})
        self.offer.move_to(self.drawer)
        self.sync()
        self.offer.is_seen = False
        self.offer.move_to(self.inbox())
        for _visit in range(2):
            self.sync()
        self.assertEqual(self.flags("INBOX", "Offer"), {r"\Flagged"})
        self.assertTrue(self.offer.is_flagged and not self.offer.is_seen)
        self.assertFalse(self.operations(self.mailbox))

    def test_copied_too_before_it_was_seen_that_the_trash_was_emptied(self):
        self.client.create("Box")
        self.mailbox.refresh_folders()
        self.mailbox.folder_ids.fetch_mode = "tree"
        self.offer.move_to(self.inbox())
        self.offer.copy_to(self.folder(self.mailbox, "Box"))
        self.empty_trash()
        for _visit in range(3):
            self.sync()
        self.assertEqual((sorted(self.subjects("INBOX")), self.subjects("Box")), (["Offer", "Plan"], ["Offer"]))
        self.assertFalse(self.operations(self.mailbox))

    def test_when_the_trash_is_emptied_meanwhile(self):
        self.offer.move_to(self.inbox())
        self.empty_trash()
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            proxy.deny("APPEND", text=FULL)
            self.mailbox.fetch_mail()
        self.assertEqual(self.operations(self.mailbox).mapped("kind"), ["append"])
        self.push_refused("APPEND", FULL)
        self.check_in_drawer(in_trash=0)

    def test_into_a_folder_that_is_refused_itself(self):
        for in_trash in (1, 0):
            with self.subTest(in_trash=in_trash):
                if not in_trash:
                    self.empty_trash()
                    self.sync()
                new = self.mailbox.with_user(self.anna).create_folder("New")
                self.offer.move_to(new)
                self.push_refused("CREATE", "[CANNOT] no", times=1)
                self.check_in_drawer(in_trash)
                self.assertFalse(new.exists())

    def test_what_no_server_had_any_more_when_it_was_kept(self):
        self.client.create("Box")
        self.sync()
        plan = self.message(self.mailbox, "Plan").with_user(self.anna)
        both = plan | self.offer
        both.move_to(self.folder(self.mailbox, "Box"))
        self.sync()
        self.client.select("INBOX")
        self.client.delete("Box")
        self.sync()
        both.move_to(self.drawer)
        self.sync()
        both.move_to(self.inbox())
        self.sync()
        self.assertEqual(self.shown(self.inbox()), both.sudo())
        self.assertFalse(self.operations(self.mailbox))
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.client.select("INBOX")
        mails = [self.client.uid("FETCH", str(message.sudo().uid), "(BODY.PEEK[])")[1][0][1] for message in both]
        plan, offer = (message_from_bytes(mail, policy=SMTP) for mail in mails)
        self.assertIn("9.400 €", offer.get_body().get_content())
        self.assertEqual([part.get_payload(decode=True) for part in plan.iter_attachments()], [b"Content"])
        self.assertEqual((plan["Message-ID"], plan["From"]), ("<Plan@example.com>", "sender@example.com"))

    def test_given_up_by_its_user(self):
        self.offer.move_to(self.inbox())
        self.operations(self.mailbox).with_user(self.anna).action_discard()
        self.check_in_drawer(in_trash=1)

    def test_kept_again_before_the_server_knew(self):
        self.offer.move_to(self.inbox())
        self.offer.move_to(self.drawer)
        self.sync()
        self.check_in_drawer(in_trash=1)

    def test_what_was_sent_is_tried_on(self):
        """Only what has a place to go back to is given up."""
        sent = self.make_message(self.mailbox, subject="Sent", message_id="<sent@lab.test>")
        sent._attach_originals({sent.id: b"Subject: Sent\r\n\r\nText\r\n"})
        self.env["comm.operation"]._enqueue(sent, "append", self.inbox())
        self.push_refused("APPEND", FULL)
        self.assertEqual(self.operations(self.mailbox).message_id, sent)
