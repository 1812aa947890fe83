from email import message_from_bytes

from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncShared(SyncCase):
    """Folders in the namespace of other users (RFC 2342): what somebody else gave rights on, in a mailbox of one's own."""

    def setUp(self):
        super().setUp()
        self.owner = self.lab.account(acl=True)
        self.account = self.lab.account(acl=True)
        self.client = self.lab.imap(self.account)
        self.theirs = self.lab.imap(self.owner)
        self.addCleanup(self.theirs.logout)
        self.theirs.create("Work")
        self.path = f"shared/{self.owner.address}/Work"

    def allow(self, rights, folder="Work"):
        self.assertEqual(self.theirs.setacl(folder, self.account.address, rights)[0], "OK")

    def deliver_theirs(self, subject):
        self.deliver(subject, folder="Work", account=self.owner)

    def their_subjects(self):
        self.theirs.select("Work")
        numbers = self.theirs.search(None, "UNDELETED")[1][0].split()
        headers = [self.theirs.fetch(number, "(BODY.PEEK[HEADER])")[1][0][1] for number in numbers]
        return sorted(str(message_from_bytes(header)["Subject"]) for header in headers)

    def their_flags(self, subject):
        self.theirs.select("Work")
        [found] = self.theirs.search(None, "SUBJECT", f'"{subject}"')[1]
        return self.theirs.fetch(found.split()[0], "(FLAGS)")[1][0]

    def make_shared_mailbox(self, rights, count=2):
        """Return a mailbox that has the folder with so many mails, by these rights, and the folder."""
        self.allow(rights)
        for number in range(count):
            self.deliver_theirs(f"Mail {number}")
        mailbox = self.make_synced()
        return mailbox, self.folder(mailbox, self.path)

    def shown(self, mailbox):
        return sorted((message.folder_id.name, message.subject) for message in self.messages(mailbox))

    def warnings(self, mailbox):
        return mailbox.event_ids.filtered(lambda event: event.level == "warning").mapped("text")

    def test_it_is_listed_fetched_marked_and_mail_moves_in_and_out(self):
        self.deliver("Mine")
        mailbox, work = self.make_shared_mailbox("lrswite", count=3)
        above = work.parent_id
        self.assertEqual((above.path, above.parent_id.path), (f"shared/{self.owner.address}", "shared"))
        self.assertFalse(above.is_selectable or above.parent_id.is_selectable)
        self.assertEqual((work.message_count, work.role), (3, False))
        marked, moved, copied = (self.message(mailbox, f"Mail {number}").with_user(self.anna) for number in range(3))
        mine = self.message(mailbox, "Mine").with_user(self.anna)
        inbox = self.folder(mailbox, "INBOX")
        marked.write({"is_seen": True, "is_flagged": True, "keywords": "Later"})
        moved.move_to(inbox)
        copied.copy_to(inbox)
        mine.move_to(work)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(self.warnings(mailbox), [])
        self.assertEqual(self.their_subjects(), ["Mail 0", "Mail 2", "Mine"])
        for flag in (rb"\Seen", rb"\Flagged", b"Later"):
            self.assertIn(flag, self.their_flags("Mail 0"))
        self.assertEqual(sorted(self.subjects("INBOX")), ["Mail 1", "Mail 2"])
        expected = [("INBOX", "Mail 1"), ("INBOX", "Mail 2"), ("Work", "Mail 0"), ("Work", "Mail 2"), ("Work", "Mine")]
        self.assertEqual(self.shown(mailbox), expected)
        self.assertEqual((moved.server_folder_id, mine.server_folder_id), (inbox, work))
        self.assertIn("nothing to mend", mailbox.repair())

    def test_what_its_owner_does_arrives(self):
        mailbox, work = self.make_shared_mailbox("lr", count=3)
        messages = self.messages(mailbox)
        first, second = self.message(mailbox, "Mail 0"), self.message(mailbox, "Mail 1")
        self.theirs.select("Work")
        self.theirs.store("1", "+FLAGS", r"(\Seen \Flagged)")
        self.theirs.store("2", "+FLAGS", r"(\Deleted)")
        self.theirs.expunge()
        self.deliver_theirs("New")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertTrue(first.is_seen and first.is_flagged)
        self.assertFalse(second.active)
        self.assertEqual(self.messages(mailbox) & messages, messages - second)
        self.assertEqual(work.message_count, 3)
        self.assertEqual(self.warnings(mailbox), [])

    def test_marks_of_its_owner_arrive_where_only_that_one_was_read_may_be_noted(self):
        mailbox, _work = self.make_shared_mailbox("lrs")
        first, second = (self.message(mailbox, f"Mail {number}").with_user(self.anna) for number in range(2))
        second.is_seen = True
        self.theirs.select("Work")
        self.theirs.store("1", "+FLAGS", r"(\Flagged Later)")
        for _visit in range(2):
            mailbox.fetch_mail()
        self.assertTrue(first.is_flagged)
        self.assertEqual(first.keywords, "Later")
        self.assertIn(rb"\Seen", self.their_flags("Mail 1"))
        self.assertEqual(self.warnings(mailbox), [])

    def test_who_may_only_read_changes_nothing_and_is_told_so(self):
        mailbox, work = self.make_shared_mailbox("lr")
        self.deliver("Mine")
        mailbox.fetch_mail()
        first, second, mine = (
            self.message(mailbox, subject).with_user(self.anna) for subject in ("Mail 0", "Mail 1", "Mine")
        )
        inbox = self.folder(mailbox, "INBOX")
        first.is_flagged = True
        second.move_to(inbox)
        mine.move_to(work)
        for _visit in range(3):
            mailbox.fetch_mail()
        self.assertFalse(self.operations(mailbox))
        self.assertFalse(first.is_flagged)
        self.assertEqual(self.shown(mailbox), [("INBOX", "Mine"), ("Work", "Mail 0"), ("Work", "Mail 1")])
        self.assertEqual((self.their_subjects(), self.subjects("INBOX")), (["Mail 0", "Mail 1"], ["Mine"]))
        texts = self.warnings(mailbox)
        self.assertEqual(len(texts), 3)
        for text in texts:
            self.assertIn("does not let you change the folder", text)
        self.assertEqual(mailbox.state, "ok")
        # A copy only needs to be read.
        second.copy_to(inbox)
        mailbox.fetch_mail()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Mail 1", "Mine"])

    def test_what_may_be_put_in_and_not_taken_out_stays_there(self):
        mailbox, work = self.make_shared_mailbox("lrswi")
        self.deliver("Mine")
        mailbox.fetch_mail()
        first, mine = (self.message(mailbox, subject).with_user(self.anna) for subject in ("Mail 0", "Mine"))
        first.move_to(self.folder(mailbox, "INBOX"))
        mine.move_to(work)
        for _visit in range(3):
            mailbox.fetch_mail()
        self.assertEqual(self.shown(mailbox), [("Work", "Mail 0"), ("Work", "Mail 1"), ("Work", "Mine")])
        self.assertEqual((self.their_subjects(), self.subjects("INBOX")), (["Mail 0", "Mail 1", "Mine"], []))
        [text] = self.warnings(mailbox)
        self.assertIn("does not let you change the folder", text)
        self.assertFalse(self.operations(mailbox))

    def test_what_was_withdrawn_keeps_what_it_holds_and_comes_back_as_the_same(self):
        mailbox, work = self.make_shared_mailbox("lrswite")
        messages = self.messages(mailbox).with_user(self.anna)
        waiting = messages[0]
        waiting.is_flagged = True
        self.assertEqual(self.theirs.deleteacl("Work", self.account.address)[0], "OK")
        for _visit in range(3):
            mailbox.fetch_mail()
        self.assertEqual((work.is_missing, mailbox.state), (True, "ok"))
        self.assertEqual(self.messages(mailbox).with_user(self.anna), messages)
        self.assertEqual(len([text for text in self.warnings(mailbox) if "a share was withdrawn" in text]), 1)
        self.deliver_theirs("Meanwhile")
        self.allow("lrswite")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertFalse(work.is_missing)
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Mail 0", "Mail 1", "Meanwhile"])
        self.assertEqual(self.messages(mailbox).with_user(self.anna) & messages, messages)
        # What the user did meanwhile is done there now.
        self.assertIn(rb"\Flagged", self.their_flags(waiting.subject))
        self.assertTrue(waiting.is_flagged)
        self.assertFalse(self.operations(mailbox))

    def test_what_is_shared_later_comes_when_it_is_chosen(self):
        mailbox, _work = self.make_shared_mailbox("lr")
        self.theirs.create("Work/Later")
        self.deliver("Below", folder="Work/Later", account=self.owner)
        mailbox.fetch_mail()
        self.allow("lr", "Work/Later")
        # All below a chosen folder is fetched.
        mailbox.fetch_mail()
        self.assertIn(("Later", "Below"), self.shown(mailbox))

    def test_its_owner_has_it_in_a_mailbox_of_his_own_and_the_files_once(self):
        self.lab.deliver(self.owner.address, self.with_attachment("File", b"shared"), folder="Work")
        mailbox, _work = self.make_shared_mailbox("lr", count=0)
        own = self.make_lab_mailbox(self.ben, account=self.owner, fetch_subfolders=True)
        own.refresh_folders()
        own.folder_ids.fetch_mode = "tree"
        own.fetch_mail()
        here, there = (self.message(each.with_env(self.env), "File") for each in (mailbox, own))
        self.assertNotEqual(here, there)
        self.assertEqual(here.attachment_ids.store_fname, there.attachment_ids.store_fname)
        there.with_user(self.ben).is_flagged = True
        own.fetch_mail()
        mailbox.fetch_mail()
        self.assertTrue(here.is_flagged)
