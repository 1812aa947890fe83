from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncMarked(SyncCase):
    r"""Mail that still lies there, marked as \Deleted, and marks that the server does not keep."""

    def setUp(self):
        super().setUp()
        self.client.create("Box")

    def shown(self, mailbox):
        return sorted((message.folder_id.path, message.subject) for message in self.messages(mailbox))

    def test_what_was_moved_without_move_and_uidplus_is_shown_once_from_the_first_moment(self):
        self.deliver("Mail")
        with self.lab.proxy("imap") as proxy:
            proxy.hide("MOVE", "UIDPLUS")
            mailbox = self.make_synced(port=proxy.port, security="none")
            message = self.message(mailbox, "Mail")
            message.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
            for step in (mailbox._push_now, mailbox.fetch_mail, mailbox.fetch_mail):
                step()
                self.assertEqual(self.shown(mailbox), [("Box", "Mail")])
        self.assertEqual((self.subjects("INBOX"), self.subjects("Box")), ([], ["Mail"]))
        self.assertEqual(self.messages(mailbox), message)

    def make_moved(self, mode, **vals):
        """Return a mailbox and its message that the user moved to Box, of which nothing else is fetched in mode "no"."""
        self.account = self.lab.account()
        self.client = self.lab.imap(self.account)
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_synced(**vals)
        self.folder(mailbox, "Box").fetch_mode = mode
        message = self.message(mailbox, "Mail")
        message.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
        mailbox.fetch_mail()
        self.assertEqual(self.shown(mailbox), [("Box", "Mail")])
        return mailbox, message

    def assert_there_twice_when_unmarked(self, mailbox, message):
        for _visit in range(2):
            mailbox.fetch_mail()
            self.assertEqual(self.shown(mailbox), [("INBOX", "Mail")])
        self.assertEqual(self.messages(mailbox), message)
        self.client.select("Box")
        self.client.store("1", "-FLAGS", r"(\Deleted)")
        self.client.select("INBOX")
        mailbox.fetch_mail()
        self.assertEqual(self.shown(mailbox), [("Box", "Mail"), ("INBOX", "Mail")])

    def test_what_another_program_moved_by_a_copy_and_then_unmarks_is_there_twice(self):
        for mode in ("tree", "no"):
            with self.subTest(mode):
                mailbox, message = self.make_moved(mode)
                self.client.select("Box")
                self.client.copy("1", "INBOX")
                self.client.store("1", "+FLAGS", r"(\Deleted)")
                self.client.select("INBOX")
                self.assert_there_twice_when_unmarked(mailbox, message)

    def test_so_is_what_was_moved_here_when_another_program_unmarks_what_stayed_behind(self):
        for mode in ("tree", "no"):
            with self.subTest(mode), self.lab.proxy("imap") as proxy:
                proxy.hide("MOVE", "UIDPLUS")
                mailbox, message = self.make_moved(mode, port=proxy.port, security="none")
                # What it left there.
                self.client.select("INBOX")
                self.client.expunge()
                message.with_user(self.anna).move_to(self.folder(mailbox, "INBOX"))
                self.assert_there_twice_when_unmarked(mailbox, message)

    def test_what_the_user_moves_or_copies_does_not_take_along_that_another_program_deleted_it(self):
        for change in ("move", "copy"):
            for refused in (0, 1):
                with self.subTest(change=change, refused=refused), self.lab.proxy("imap") as proxy:
                    self.account = self.lab.account()
                    self.client = self.lab.imap(self.account)
                    self.client.create("Box")
                    self.deliver("Mail")
                    mailbox = self.make_synced(port=proxy.port, security="none")
                    message, box = self.message(mailbox, "Mail").with_user(self.anna), self.folder(mailbox, "Box")
                    self.client.store(self.number("INBOX", "Mail"), "+FLAGS", r"(\Deleted)")
                    message.copy_to(box) if change == "copy" else message.move_to(box)
                    # Then a visit sees the mark before the change is told.
                    proxy.deny(f"UID {change}", text="[INUSE] later", times=refused)
                    for _visit in range(3):
                        mailbox.fetch_mail()
                    self.assertEqual(self.subjects("Box"), ["Mail"])
                    self.client.expunge()
                    mailbox.fetch_mail()
                    self.assertEqual(self.shown(mailbox), [("Box", "Mail")])
                    self.assertEqual(self.messages(mailbox) == message.sudo(), change == "move")
                    self.assertFalse(self.operations(mailbox))
                    self.assertEqual(self.subjects("INBOX"), [])

    def test_a_mark_that_the_server_cannot_keep_stays_in_odoo_whatever_else_changes_there(self):
        self.deliver("Mail")
        with self.lab.proxy("imap") as proxy:
            proxy.replace(rb"\[PERMANENTFLAGS \([^)]*\)\]", rb"[PERMANENTFLAGS (\\Seen \\Deleted)]")
            mailbox = self.make_synced(port=proxy.port, security="none")
            message = self.message(mailbox, "Mail").with_user(self.anna)
            message.write({"is_flagged": True, "keywords": "Work"})
            mailbox.fetch_mail()
            self.assertFalse(self.operations(mailbox))
            self.assertEqual(self.flags("INBOX", "Mail"), set())
            self.client.store(self.number("INBOX", "Mail"), "+FLAGS", r"(\Seen)")
            mailbox.fetch_mail()
            self.assertTrue(message.is_seen)
            self.assertTrue(message.is_flagged)
            self.assertEqual(message.keywords, "Work")
        self.assertEqual(mailbox.state, "ok")
