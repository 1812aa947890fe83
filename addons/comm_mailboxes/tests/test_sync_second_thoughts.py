from contextlib import suppress

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_sync_answer_lost import COPIED, MailAnswerLost

# Where a move breaks: the command that is not done any more, or None: all was done, and the answer is lost.
WITHOUT_MOVE = (None, "UID STORE", "UID EXPUNGE")
WITHOUT_UIDPLUS = (None, "UID STORE")


@tagged("post_install", "-at_install")
class TestSyncSecondThoughts(MailAnswerLost):
    """A move breaks in its middle, and the user changes his mind before the next visit: his last word counts, and the server has
    the message once, where he said last.
    """

    def setUp(self):
        super().setUp()
        self.drawer = self.env["comm.folder"].create({"name": "Drawer", "is_local": True, "user_id": self.anna.id})

    def begin_move(self, target, hidden, command, fetch_mode):
        """Return a mailbox and a message of which nobody knows whether it was moved to ``target``."""
        mailbox, message = self.start(*hidden)
        self.client.create("Else")
        mailbox.refresh_folders()
        mailbox.folder_ids.fetch_mode = "tree"
        self.folder(mailbox, target).fetch_mode = fetch_mode
        if command:
            self.proxy.deny(command)
        message.move_to(self.folder(mailbox, target))
        copied = rb"OK .*Copy completed" if "UIDPLUS" in hidden else COPIED
        self.lose(mailbox, rb"OK NOOP" if command else copied)
        self.assertEqual(self.subjects(target), ["Mail"])
        self.assertTrue(message.sudo().uid)
        return mailbox, message

    def after_each_break(self, change, target="Box"):
        """Do ``change(mailbox, message)`` after each way to break."""
        for hidden, commands in {("MOVE",): WITHOUT_MOVE, ("MOVE", "UIDPLUS"): WITHOUT_UIDPLUS}.items():
            for command in commands:
                for fetch_mode in ("this", "no"):
                    with self.subTest(target=target, hidden=hidden, command=command, fetch_mode=fetch_mode):
                        change(*self.begin_move(target, hidden, command, fetch_mode))

    def check(self, mailbox, **expected):
        """Go on, and check which subjects lie where on the server, and that Odoo shows these and no others."""
        # As after a change of the user.
        with suppress(UserError):
            mailbox._push_now()
        self.go_on(mailbox, "nothing")
        mailbox.folder_ids.fetch_mode = "tree"
        mailbox.fetch_mail()
        self.env.invalidate_all()
        for path in ("INBOX", "Box", "Else", "Trash"):
            there = sorted(expected.get(path, ["Other"] if path == "INBOX" else []))
            self.assertEqual(sorted(self.subjects(path)), there, path)
            self.assertEqual(sorted(self.shown_in(self.folder(mailbox, path)).mapped("subject")), there, path)
        self.check_counts(mailbox)

    def test_to_another_folder(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.move_to(self.folder(mailbox, "Else"))
            self.check(mailbox, Else=["Mail"])
            self.assertEqual(message.folder_id.path, "Else")

    def test_back(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.move_to(self.folder(mailbox, "INBOX"))
            self.check(mailbox, INBOX=["Mail", "Other"])
            self.assertEqual(message.folder_id.path, "INBOX")

    def test_to_a_folder_made_by_hand(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.move_to(self.drawer)
            self.check(mailbox, Trash=["Mail"])
            self.assertEqual(message.folder_id, self.drawer)

    def test_to_a_folder_made_by_hand_and_back(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.move_to(self.drawer)
            message.move_to(self.folder(mailbox, "Else"))
            self.check(mailbox, Else=["Mail"])
            self.assertEqual(message.folder_id.path, "Else")

    def test_to_the_trash(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.delete()
            self.check(mailbox, Trash=["Mail"])
            self.assertEqual(message.folder_id.path, "Trash")

    def test_deleted_for_good(self):
        def change(mailbox, message):
            trash = self.folder(mailbox, "Trash")
            message.delete()
            message.delete(seen_in=trash.id)
            self.check(mailbox)
            # Without UIDPLUS it stays on the server, marked as deleted.
            self.assertFalse(message.exists().active)

        for target in ("Box", "Trash"):
            self.after_each_break(change, target)

    def test_discarded(self):
        @self.after_each_break
        def _change(mailbox, message):
            self.operations(mailbox).with_user(self.anna).action_discard()
            self.assertEqual(message.folder_id.path, "INBOX")
            self.check(mailbox, INBOX=["Mail", "Other"])
            self.assertEqual(message.folder_id.path, "INBOX")

    def test_deleted_for_good_and_discarded(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.delete()
            message.delete(seen_in=self.folder(mailbox, "Trash").id)
            self.operations(mailbox).with_user(self.anna).action_discard()
            self.check(mailbox, INBOX=["Mail", "Other"])
            self.assertEqual(message.folder_id.path, "INBOX")

    def test_marked_meanwhile(self):
        @self.after_each_break
        def _change(mailbox, message):
            message.is_flagged = True
            self.check(mailbox, Box=["Mail"])
            self.assertTrue(message.is_flagged)
            self.assertIn(r"\Flagged", self.flags("Box", "Mail"))

    def test_the_folder_is_deleted_meanwhile(self):
        mailbox, message = self.begin_move("Box", ("MOVE",), None, "this")
        message.move_to(self.folder(mailbox, "Else"))
        self.client.select("INBOX")
        self.client.delete("Box")
        mailbox._push_now()
        self.assertEqual((self.subjects("INBOX"), self.subjects("Else")), (["Other"], ["Mail"]))

    def test_on_a_server_that_moves_in_one_step(self):
        for path in ("INBOX", "Else", "Trash"):
            for fetch_mode in ("this", "no"):
                with self.subTest(path=path, fetch_mode=fetch_mode):
                    mailbox, message = self.begin_move("Box", (), None, fetch_mode)
                    message.move_to(self.folder(mailbox, path))
                    self.check(mailbox, **{path: ["Mail", "Other"] if path == "INBOX" else ["Mail"]})
                    self.assertEqual(message.folder_id.path, path)

    def test_a_server_that_does_not_know_move_though_it_says_so(self):
        for pattern in (None, COPIED):
            for mind in ("Box", "INBOX", "Else"):
                with self.subTest(pattern=pattern, mind=mind):
                    mailbox, message = self.start()
                    self.client.create("Else")
                    mailbox.refresh_folders()
                    mailbox.folder_ids.fetch_mode = "tree"
                    self.proxy.deny("UID MOVE", code="BAD", text="Unknown command")
                    message.move_to(self.folder(mailbox, "Box"))
                    if pattern:
                        self.lose(mailbox, pattern)
                        self.proxy.deny("UID MOVE", code="BAD", text="Unknown command")
                    else:
                        mailbox._push_now()
                    self.assertEqual(self.subjects("Box"), ["Mail"])
                    message.move_to(self.folder(mailbox, mind))
                    self.check(mailbox, **{mind: ["Mail", "Other"] if mind == "INBOX" else ["Mail"]})
                    if not pattern:
                        self.assertNotIn("error", mailbox.event_ids.mapped("level"))

    def test_another_program_was_faster(self):
        """Its move is seen before ours is told, though a visit that broke off left an old count: the user's change wins."""
        mailbox, message = self.start("MOVE", "UIDPLUS", "QRESYNC", "CONDSTORE")
        self.client.create("Else")
        mailbox.refresh_folders()
        mailbox.folder_ids.fetch_mode = "tree"
        box = self.folder(mailbox, "Box")
        message.move_to(box)
        mailbox.fetch_mail()
        box.server_count = 0
        self.move("Box", "Mail", "Else")
        message.move_to(self.folder(mailbox, "Trash"))
        self.check(mailbox, Trash=["Mail"])
        self.assertEqual(message.folder_id.path, "Trash")

    def test_an_equal_mail_that_was_there_before_stays(self):
        mailbox, message = self.start("MOVE")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        mailbox.fetch_mail()
        message = self.shown_in(self.folder(mailbox, "INBOX")).filtered(lambda one: one.subject == "Mail")
        message.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
        self.lose(mailbox, COPIED)
        self.assertEqual(self.subjects("Box"), ["Mail"] * 2)
        message.with_user(self.anna).move_to(self.folder(mailbox, "INBOX"))
        self.go_on(mailbox, "nothing")
        self.assertEqual((sorted(self.subjects("INBOX")), self.subjects("Box")), (["Mail", "Other"], ["Mail"]))
        self.assertEqual(message.folder_id.path, "INBOX")
