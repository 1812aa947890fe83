from odoo.tests import tagged

from .test_message_keep import KeepCase
from .test_sync_answer_lost import AnswerLost


@tagged("post_install", "-at_install")
class TestSyncTakenBack(AnswerLost, KeepCase):
    """Mail from a folder made by hand was stored on the server, of which Odoo does not hear, and its user gives that up."""

    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.through(self.proxy, self.mailbox)
        self.client.create("Box")
        self.mailbox.refresh_folders()
        self.mailbox.folder_ids.fetch_mode = "tree"
        self.sync()

    def give_up(self, pattern, *hidden, fetch_mode="tree"):
        """Store the offer in Box, whose answer breaks off at the pattern, and give that up."""
        box = self.folder(self.mailbox, "Box")
        box.fetch_mode = fetch_mode
        if self.offer.folder_id != self.drawer:
            self.offer.move_to(self.drawer)
            self.sync()
            self.expunge(self.trash().path, "Offer")
            self.sync()
        self.proxy.hide("LITERAL+", *hidden)
        self.offer.move_to(box)
        self.lose(self.mailbox, pattern)
        self.proxy.hide("LITERAL+", *hidden)
        self.operations(self.mailbox).with_user(self.anna).action_discard()
        return box

    def check_in_drawer_only(self, box):
        self.assertEqual(self.shown(self.drawer), self.offer.sudo())
        self.assertEqual(self.subjects("Box"), [])
        self.assertFalse(self.shown(box))
        self.assertEqual(self.shown(self.inbox()).mapped("subject"), ["Plan"])
        self.check_counts(self.mailbox)

    def test_it_is_in_the_folder_made_by_hand_only(self):
        for hidden in ([], ["UIDPLUS"]):
            for fetch_mode, between in {"tree": "repair", "no": "nothing"}.items():
                with self.subTest(hidden=hidden, fetch_mode=fetch_mode):
                    box = self.give_up(rb"OK .*Append completed", *hidden, fetch_mode=fetch_mode)
                    self.assertEqual(self.subjects("Box"), ["Offer"])
                    self.go_on(self.mailbox, between)
                    self.check_in_drawer_only(box)
                    self.proxy.reset()

    def test_so_it_is_where_new_mail_is_seen_first(self):
        box = self.give_up(rb"OK .*Append completed")
        self.operations(self.mailbox).broken_times = 2
        self.go_on(self.mailbox, "nothing")
        self.check_in_drawer_only(box)

    def test_an_equal_mail_that_was_there_before_stays(self):
        self.client.append("Box", None, None, self.offer.sudo()._source() or self.raw)
        self.sync()
        box = self.folder(self.mailbox, "Box")
        before = self.shown(box)
        self.give_up(rb"OK .*Append completed")
        self.go_on(self.mailbox, "nothing")
        self.assertEqual((self.shown(box), self.subjects("Box")), (before, ["Offer"]))
        self.assertEqual(self.shown(self.drawer), self.offer.sudo())

    def test_what_the_server_did_not_store_is_in_the_folder_made_by_hand_only(self):
        self.proxy.deny("APPEND")
        box = self.give_up(rb"OK NOOP")
        self.go_on(self.mailbox, "nothing")
        self.check_in_drawer_only(box)
