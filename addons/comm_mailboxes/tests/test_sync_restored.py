from odoo.tests import tagged

from ..sync import visit
from ..sync.lease import account_of
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncRestored(SyncCase):
    """A server that was set back to a backup: under the UIDVALIDITY that it had, it gives out UIDs and sequences again."""

    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(self.lab.proxy("imap"))

    def back_up(self):
        self.client.logout()
        self.lab.back_up(self.account)
        self.client = self.lab.imap(self.account)

    def restore(self):
        self.client.logout()
        self.lab.restore(self.account)
        self.client = self.lab.imap(self.account)

    def make_mailbox_behind_proxy(self, *hidden):
        self.proxy.hide(*hidden)
        return self.make_synced(port=self.proxy.port, security="none")

    def test_mail_that_came_after_the_backup_goes_and_what_gets_its_uids_is_fetched(self):
        self.deliver("Before")
        self.back_up()
        for number in range(3):
            self.deliver(f"After {number}")
        mailbox = self.make_mailbox_behind_proxy()
        self.restore()
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Before"])
        mailbox.fetch_mail()
        # That is seen again as what it is: nothing to do.
        self.proxy.clear_counts()
        mailbox.fetch_mail()
        self.assertNotIn("SELECT", self.proxy.commands)
        self.deliver("New")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Before", "New"])
        self.assertEqual(mailbox.state, "ok")

    def test_marks_are_those_of_the_backup(self):
        for hidden in ((), ("QRESYNC",), ("QRESYNC", "CONDSTORE")):
            with self.subTest(hidden=hidden):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.proxy.reset()
                for name in ("First", "Second"):
                    self.deliver(name)
                self.back_up()
                self.client.select("INBOX")
                for flag in (r"\Seen", r"\Flagged", r"\Answered"):
                    self.client.store("1", "+FLAGS", f"({flag})")
                mailbox = self.make_mailbox_behind_proxy(*hidden)
                first = self.message(mailbox, "First")
                self.assertTrue(first.is_seen and first.is_flagged)
                self.restore()
                mailbox.fetch_mail()
                self.assertFalse(first.is_seen or first.is_flagged or first.is_answered)
                self.client.select("INBOX")
                self.client.store("2", "+FLAGS", r"(\Flagged)")
                mailbox.fetch_mail()
                self.assertTrue(self.message(mailbox, "Second").is_flagged)

    def test_as_many_other_mails_as_came_after_the_backup(self):
        """Without CONDSTORE, no number tells them from the old ones."""
        for pushed in (False, True):
            with self.subTest(pushed=pushed):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.proxy.reset()
                self.deliver("Before")
                self.back_up()
                for number in range(3):
                    self.deliver(f"After {number}")
                mailbox = self.make_mailbox_behind_proxy("QRESYNC", "CONDSTORE")
                before = self.message(mailbox, "Before")
                self.message(mailbox, "After 2").with_user(self.anna).is_flagged = True
                self.restore()
                for number in range(3):
                    self.deliver(f"Other {number}")
                if pushed:
                    mailbox._push_now()
                mailbox.fetch_mail()
                shown = ["Before", "Other 0", "Other 1", "Other 2"]
                self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), shown)
                self.assertEqual(self.message(mailbox, "Before"), before)
                self.assertNotIn(r"\Flagged", self.flags("INBOX", "Other 2"))
                mailbox.fetch_mail()
                self.assertEqual(self.operations(mailbox).mapped("kind"), [])

    def test_more_other_mails_than_came_after_the_backup(self):
        """Every number is higher than before, and the newest message was looked at just now."""
        for hidden in ((), ("QRESYNC", "CONDSTORE")):
            for pushed in (False, True):
                with self.subTest(hidden=hidden, pushed=pushed):
                    self.account = self.lab.account()
                    self.client = self.lab.imap(self.account)
                    self.proxy.reset()
                    self.deliver("Before")
                    self.back_up()
                    mailbox = self.make_mailbox_behind_proxy(*hidden)
                    for number in range(2):
                        self.deliver(f"After {number}")
                    mailbox.fetch_mail()
                    self.message(mailbox, "After 0").with_user(self.anna).delete()
                    self.restore()
                    for number in range(4):
                        self.deliver(f"Other {number}")
                    if pushed:
                        mailbox._push_now()
                    mailbox.fetch_mail()
                    others = [f"Other {number}" for number in range(4)]
                    self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Before", *others])
                    self.client.select("INBOX")
                    self.assertEqual(self.client.search(None, "ALL"), ("OK", [b"1 2 3 4 5"]))

    def test_the_newest_message_is_looked_at_once_an_hour(self):
        self.deliver("Mail")
        mailbox = self.make_mailbox_behind_proxy("QRESYNC", "CONDSTORE")
        counts = []
        for _visit in range(3):
            self.proxy.clear_counts()
            mailbox.fetch_mail()
            counts.append(self.proxy.commands.count("UID FETCH"))
        self.folder(mailbox, "INBOX").newest_checked_at -= visit.CHECK_AFTER
        self.proxy.clear_counts()
        mailbox.fetch_mail()
        counts.append(self.proxy.commands.count("UID FETCH"))
        often, seldom = max(counts), min(counts)
        self.assertEqual((counts, often - seldom), ([often, seldom, seldom, often], 1))
        self.assertFalse(self.folder(mailbox, "INBOX").is_to_compare)

    def test_a_connection_that_breaks_at_the_newest_message_does_so_once(self):
        self.deliver("Mail")
        mailbox = self.make_mailbox_behind_proxy("QRESYNC", "CONDSTORE")
        self.proxy.hang_up_at(rb"FETCH \(UID 1 .*BODY\[HEADER\]")
        self.failure_of(mailbox.fetch_mail)
        self.deliver("New")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(mailbox.state, "ok")

    def test_other_mail_under_the_uids_of_what_came_after_the_backup(self):
        for hidden in ((), ("QRESYNC",), ("QRESYNC", "CONDSTORE")):
            with self.subTest(hidden=hidden):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.proxy.reset()
                self.deliver("Before")
                self.back_up()
                for number in range(3):
                    self.deliver(f"After {number}")
                mailbox = self.make_mailbox_behind_proxy(*hidden)
                before = self.message(mailbox, "Before")
                self.message(mailbox, "After 1").is_flagged = True
                self.restore()
                # Fewer: as many again could not be told from the old ones by any number of the server's.
                for number in range(2):
                    self.deliver(f"Other {number}")
                mailbox.fetch_mail()
                shown = ["Before", "Other 0", "Other 1"]
                self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), shown)
                self.assertEqual(self.message(mailbox, "Before"), before)
                # The mark was meant for a mail that is there no more.
                self.assertNotIn(r"\Flagged", self.flags("INBOX", "Other 1"))
                mailbox.fetch_mail()
                self.assertEqual(self.operations(mailbox).mapped("kind"), [])
                self.assertEqual(mailbox.state, "ok")


@tagged("post_install", "-at_install")
class TestSyncAnotherAccount(SyncCase):
    """A mailbox that is given another login, whose folders have the UIDVALIDITY and UIDs of the one before."""

    def setUp(self):
        super().setUp()
        self.deliver("In both")
        self.client.logout()
        self.lab.back_up(self.account)
        self.other = self.lab.account()
        self.lab.restore(self.other, backup_of=self.account)
        self.client = self.lab.imap(self.account)

    def switch(self, mailbox):
        mailbox.write({"login": self.other.address, "password": self.other.password})
        self.account = self.other
        self.client.logout()
        self.client = self.lab.imap(self.account)

    def test_its_mail_comes_and_nothing_of_it_is_taken_for_the_old_one(self):
        for number in range(3):
            self.deliver(f"Old {number}")
        mailbox = self.make_synced()
        both = self.message(mailbox, "In both")
        self.message(mailbox, "Old 1").is_flagged = True
        self.switch(mailbox)
        for number in range(3):
            self.deliver(f"New {number}")
        # Told at once, as the scheduled action does.
        mailbox._push_now()
        self.assertNotIn(r"\Flagged", self.flags("INBOX", "New 1"))
        mailbox.fetch_mail()
        inbox = self.folder(mailbox, "INBOX")
        here = self.messages(mailbox).filtered(lambda message: message.folder_id == inbox)
        self.assertEqual(sorted(here.mapped("subject")), ["In both", "New 0", "New 1", "New 2"])
        self.assertIn(both, here)
        # What the new account does not have, nobody deleted.
        beside = (self.messages(mailbox) - here).folder_id
        self.assertTrue(beside.is_missing)
        self.assertEqual(sorted((self.messages(mailbox) - here).mapped("subject")), ["Old 0", "Old 1", "Old 2"])
        self.assertNotIn(r"\Flagged", self.flags("INBOX", "New 1"))
        self.assertEqual(self.folder(mailbox, "INBOX").message_count, 4)

    def test_what_waited_for_the_folders_of_the_old_one_is_given_up(self):
        self.client.create("Keep")
        other = self.lab.imap(self.other)
        self.addCleanup(other.logout)
        other.create("Keep")
        mailbox = self.make_synced()
        self.folder(mailbox, "Keep").with_user(self.anna).rename("Renamed")
        self.switch(mailbox)
        mailbox.fetch_mail()
        self.assertEqual(other.list('""', "Renamed")[1], [None])
        self.assertEqual(len(other.list('""', "Keep")[1]), 1)
        self.assertEqual(self.operations(mailbox).mapped("kind"), [])
        told = mailbox.event_ids.filtered(lambda event: event.step == "push")[:1].text
        self.assertIn("Given up, as they were for folders of the account before: Rename the folder “Keep”", told)
        self.assertFalse(self.folder(mailbox, "Keep").is_missing)

    def test_what_waited_for_mail_that_it_has_too_is_told_to_it(self):
        """There it stands under other UIDs, and in another folder."""
        other = self.lab.imap(self.other)
        self.addCleanup(other.logout)
        for client in (self.client, other):
            client.create("Keep")
        raws = {subject: self.raw(subject) for subject in ("Marked", "Moved", "Elsewhere", "Only there", "Only here")}
        for subject in ("Marked", "Moved", "Elsewhere", "Only there"):
            self.client.append("INBOX", None, None, raws[subject])
        for subject in ("Only here", "Moved", "Marked"):
            other.append("INBOX", None, None, raws[subject])
        other.append("Keep", None, None, raws["Elsewhere"])
        mailbox = self.make_synced()
        keep = self.folder(mailbox, "Keep")
        messages = {
            subject: self.message(mailbox, subject).with_user(self.anna) for subject in raws if subject != "Only here"
        }
        for subject in ("Marked", "Elsewhere", "Only there"):
            messages[subject].is_flagged = True
        (messages["Moved"] | messages["Only there"]).move_to(keep)
        self.switch(mailbox)
        mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertEqual(sorted(self.subjects("INBOX")), ["In both", "Marked", "Only here"])
        self.assertEqual(sorted(self.subjects("Keep")), ["Elsewhere", "Moved"])
        self.assertIn(r"\Flagged", self.flags("INBOX", "Marked"))
        self.assertIn(r"\Flagged", self.flags("Keep", "Elsewhere"))
        self.assertNotIn(r"\Flagged", self.flags("INBOX", "Only here"))
        self.assertTrue(messages["Marked"].is_flagged and messages["Elsewhere"].is_flagged)
        self.assertEqual((messages["Elsewhere"] | messages["Moved"]).folder_id.ids, keep.ids)
        self.assertEqual(messages["Marked"].folder_id.path, "INBOX")
        beside = messages["Only there"].folder_id
        self.assertTrue(beside.is_missing and not beside.path)
        self.assertFalse(self.operations(mailbox))
        told = mailbox.event_ids.filtered(lambda event: event.level == "warning").mapped("text")
        self.assertEqual(len(told), 3, told)
        for text in ("another login or server", "Messages that were in it and are not any more: 1.", "Changes dropped"):
            self.assertIn(text, "\n".join(told))
        mailbox.fetch_mail()
        self.assertEqual(len(mailbox.event_ids.filtered(lambda event: event.level == "warning")), 3)

    def test_what_waited_for_a_folder_that_it_does_not_have_is_dropped(self):
        self.client.create("Keep")
        self.deliver("Kept", folder="Keep")
        mailbox = self.make_synced()
        kept = self.message(mailbox, "Kept").with_user(self.anna)
        kept.is_flagged = True
        self.switch(mailbox)
        mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertFalse(self.operations(mailbox))
        self.assertTrue(kept.folder_id.is_missing)
        self.assertIn("Changes dropped", "\n".join(mailbox.event_ids.mapped("text")))

    def test_a_login_that_is_refused_is_no_other_account_yet(self):
        self.client.create("Keep")
        mailbox = self.make_synced()
        login, password = mailbox.login, self.account.password
        self.folder(mailbox, "Keep").with_user(self.anna).rename("Renamed")
        mailbox.write({"login": self.other.address, "password": "wrong"})
        self.failure_of(mailbox.fetch_mail)
        self.assertFalse(mailbox.event_ids.filtered(lambda event: event.level == "warning"))
        self.assertFalse(self.folder(mailbox, "INBOX").is_to_compare)
        mailbox.write({"login": login, "password": password})
        mailbox.fetch_mail()
        self.assertEqual(len(self.client.list('""', "Renamed")[1]), 1)
        self.assertNotEqual(self.client.list('""', "Renamed")[1], [None])

    def raw(self, subject):
        return (
            f"From: sender@example.com\r\nSubject: {subject}\r\nMessage-ID: <{subject.replace(' ', '-')}@example.com>\r\n"
            f"Date: Mon, 02 Nov 2026 10:00:00 +0100\r\n\r\nText of {subject}\r\n"
        ).encode()

    def test_who_names_no_login_is_known_by_the_address(self):
        mailbox = self.make_lab_mailbox(login=False, email="info@lab.test")
        before = account_of(mailbox)
        mailbox.email = "support@lab.test"
        self.assertNotEqual(account_of(mailbox), before)
        mailbox.login = "info@lab.test"
        self.assertEqual(account_of(mailbox), before)

    def test_another_name_of_the_same_server_changes_nothing(self):
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        before.is_flagged = True
        mailbox.host = "localhost"
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.messages(mailbox), before)
        self.assertFalse(self.folder(mailbox, "INBOX").is_to_compare)
        self.assertIn(r"\Flagged", self.flags("INBOX", "In both"))
