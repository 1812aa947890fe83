from contextlib import suppress

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_sync_answer_lost import COPIED, MailAnswerLost


@tagged("post_install", "-at_install")
class TestSyncBegunFolder(MailAnswerLost):
    """A move breaks in its middle on a server without MOVE, and before the next visit another program changes the folder to which
    it was to go: the server has the message once, where the user said last.
    """

    def begin(self):
        """Return a mailbox and a message that was copied to Box, which nobody knows."""
        mailbox, message = self.start("MOVE")
        self.client.create("Else")
        mailbox.refresh_folders()
        mailbox.folder_ids.fetch_mode = "tree"
        mailbox.fetch_mail()
        message.move_to(self.folder(mailbox, "Box"))
        self.lose(mailbox, COPIED)
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.client.select("INBOX")
        return mailbox, message

    def after(self, change, *, moved_back_to, stays_in):
        """Do ``change()`` in another program, and check where the message is then: as nobody changed his mind, and as he did."""
        for mind, push_first in ((False, True), (False, False), (True, True), (True, False)):
            with self.subTest(mind=mind, push_first=push_first):
                mailbox, message = self.begin()
                change()
                if mind:
                    message.move_to(self.folder(mailbox, moved_back_to))
                self.check(mailbox, message, moved_back_to if mind else stays_in, push_first)

    def check(self, mailbox, message, path, push_first=True):
        if push_first:
            mailbox._push_now()
        self.go_on(mailbox, "nothing")
        mailbox.folder_ids.fetch_mode = "tree"
        mailbox.fetch_mail()
        self.env.invalidate_all()
        holding = {
            folder.path: self.subjects(folder.path).count("Mail")
            for folder in mailbox.folder_ids
            if folder.path and not folder.is_missing and "Mail" in self.subjects(folder.path)
        }
        self.assertEqual(holding, {path: 1})
        self.assertEqual(message.folder_id.path, path)
        same = self.env["comm.message"].search([("mailbox_id", "=", mailbox.id), ("subject", "=", "Mail")])
        self.assertEqual(same, message.with_env(self.env))

    def test_renamed(self):
        self.after(lambda: self.client.rename("Box", "Box5"), moved_back_to="INBOX", stays_in="Box5")

    def test_renamed_and_moved_to_a_third_folder(self):
        self.after(lambda: self.client.rename("Box", "Box5"), moved_back_to="Else", stays_in="Box5")

    def test_another_one_has_its_name(self):
        def change():
            self.client.rename("Box", "Box5")
            self.client.create("Box")

        self.after(change, moved_back_to="INBOX", stays_in="Box5")

    def test_another_uidvalidity(self):
        self.after(lambda: self.renew("Box"), moved_back_to="INBOX", stays_in="Box")

    def test_another_uidvalidity_and_an_equal_mail_that_was_there_before(self):
        """It is not taken for ours, which was not stored."""
        mailbox, _message = self.start("MOVE")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        mailbox.folder_ids.fetch_mode = "tree"
        mailbox.fetch_mail()
        mail = self.shown_in(self.folder(mailbox, "INBOX")).filtered(lambda one: one.subject == "Mail")
        self.proxy.deny("UID STORE")
        mail.with_user(self.anna).move_to(self.folder(mailbox, "Box"))
        self.lose(mailbox, COPIED)
        self.client.select("Box")
        self.client.store("2", "+FLAGS", r"(\Deleted)")
        self.client.expunge()
        self.renew("Box")
        mailbox._push_now()
        self.go_on(mailbox, "nothing")
        self.assertEqual((self.subjects("INBOX"), self.subjects("Box")), (["Other"], ["Mail"] * 2))

    def test_another_uidvalidity_on_both_sides(self):
        for change in ("copy", "move"):
            for first in ("Box", "From"):
                for push_first in (True, False):
                    with self.subTest(change=change, first=first, push_first=push_first):
                        mailbox, _message = self.start("MOVE")
                        self.client.create("From")
                        self.move("INBOX", "Mail", "From")
                        mailbox.refresh_folders()
                        mailbox.folder_ids.fetch_mode = "tree"
                        mailbox.fetch_mail()
                        message = self.message(mailbox, "Mail").with_user(self.anna)
                        box = self.folder(mailbox, "Box")
                        message.copy_to(box) if change == "copy" else message.move_to(box)
                        self.lose(mailbox, COPIED)
                        for path in ("From", "Box"):
                            self.renew(path)
                        self.folder(mailbox, first).looked_into_at = False
                        if push_first:
                            mailbox._push_now()
                        self.go_on(mailbox, "nothing")
                        left = ["Mail"] if change == "copy" else []
                        self.assertEqual((self.subjects("Box"), self.subjects("From")), (["Mail"], left))
                        self.assertEqual(self.shown_in(box).mapped("subject"), ["Mail"])
                        self.assertEqual(self.shown_in(self.folder(mailbox, "From")).mapped("subject"), left)
                        self.assertEqual(message.folder_id.path, "From" if left else "Box")

    def save_and_delete(self):
        """Move the copy to Else, and delete its folder."""
        self.client.select("Box")
        self.client.uid("MOVE", "1:*", "Else")
        self.client.select("INBOX")
        self.client.delete("Box")

    def test_gone_and_the_mail_saved_to_another_folder_before(self):
        for target in ("INBOX", "Else"):
            for fetch_mode in ("tree", "no"):
                with self.subTest(target=target, fetch_mode=fetch_mode):
                    mailbox, message = self.begin()
                    mailbox.folder_ids.fetch_mode = fetch_mode
                    self.save_and_delete()
                    message.move_to(self.folder(mailbox, target))
                    self.check(mailbox, message, target)

    def test_gone_and_nobody_changed_his_mind(self):
        mailbox, message = self.begin()
        self.save_and_delete()
        with suppress(UserError):
            mailbox._push_now()
        for _visit in range(3):
            mailbox.fetch_mail()
        self.assertEqual((self.subjects("INBOX"), self.subjects("Else")), (["Other"], ["Mail"]))
        self.env.invalidate_all()
        self.operations(mailbox).with_user(self.anna).action_discard()
        self.assertEqual(message.folder_id.path, "Else")

    def test_gone_and_a_copy_from_long_ago_in_a_folder_that_was_not_fetched(self):
        """That is not taken for ours, which was lost with the folder."""
        mailbox, message = self.start("MOVE")
        self.client.create("Else")
        self.client.select("INBOX")
        self.client.copy("1", "Else")
        mailbox.refresh_folders()
        mailbox.fetch_mail()
        message.move_to(self.folder(mailbox, "Box"))
        self.lose(mailbox, COPIED)
        self.client.select("INBOX")
        self.client.delete("Box")
        self.folder(mailbox, "Else").fetch_mode = "this"
        message.move_to(self.folder(mailbox, "INBOX"))
        mailbox.repair()
        self.go_on(mailbox, "nothing")
        self.assertEqual((sorted(self.subjects("INBOX")), self.subjects("Else")), (["Mail", "Other"], ["Mail"]))
        self.assertEqual(message.folder_id.path, "INBOX")
