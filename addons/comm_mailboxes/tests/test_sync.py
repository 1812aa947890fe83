from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSync(SyncCase):
    """What happens on the server reaches Odoo."""

    def test_marks_of_another_program_arrive(self):
        for name in ("One", "Two", "Three"):
            self.deliver(name)
        mailbox = self.make_synced()
        self.client.select("INBOX")
        self.client.store("1", "+FLAGS", r"(\Seen \Flagged)")
        self.client.store("2", "+FLAGS", r"(\Answered $forwarded Urgent Later)")
        mailbox.fetch_mail()
        one, two, three = (self.message(mailbox, name) for name in ("One", "Two", "Three"))
        self.assertTrue(one.is_seen and one.is_flagged)
        self.assertTrue(two.is_answered and two.is_forwarded)
        self.assertEqual(two.keywords, "Later Urgent")
        self.assertFalse(three.is_seen or three.is_flagged or three.is_answered or three.keywords)
        self.assertEqual((one.folder_id.message_count, one.folder_id.unread_count), (3, 2))
        self.client.store("1", "-FLAGS", r"(\Seen \Flagged)")
        mailbox.fetch_mail()
        self.assertFalse(one.is_seen or one.is_flagged)
        self.assertEqual(one.folder_id.unread_count, 3)

    def test_what_another_program_deleted_is_hidden_and_comes_back_as_the_same_record(self):
        raw = self.deliver("Gone")
        self.deliver("Stays")
        mailbox = self.make_synced()
        gone = self.message(mailbox, "Gone")
        self.expunge("INBOX", "Gone")
        mailbox.fetch_mail()
        self.assertFalse(gone.active)
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Stays"])
        self.assertEqual(gone.folder_id.message_count, 1)
        self.client.append("INBOX", "", None, raw)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertTrue(gone.active)
        self.assertEqual(gone.folder_id.message_count, 2)

    def test_marked_as_deleted_is_hidden_until_the_mark_goes(self):
        self.deliver("Doomed")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Doomed")
        self.client.select("INBOX")
        self.client.store("1", "+FLAGS", r"(\Deleted)")
        mailbox.fetch_mail()
        self.assertFalse(message.active)
        self.assertTrue(message.uid)
        self.client.store("1", "-FLAGS", r"(\Deleted)")
        mailbox.fetch_mail()
        self.assertTrue(message.active)

    def test_a_move_between_fetched_folders_keeps_the_record_and_downloads_nothing(self):
        self.client.create("Box")
        self.deliver("Mail", body="x" * 5000)
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        for origin, target in (("INBOX", "Box"), ("Box", "INBOX")):
            self.move(origin, "Mail", target)
            self.assertEqual(mailbox.fetch_mail(), 0)
            self.assertTrue(message.active)
            self.assertEqual(message.folder_id.path, target)
            self.assertEqual(message.server_folder_id, message.folder_id)
        self.assertEqual(len(self.messages(mailbox)), 1)

    def test_a_mail_that_begins_with_a_blank_line_is_known_again(self):
        """Of its header the server says that it is empty."""
        self.client.create("Box")
        for number in (1, 2):
            mail = f"\r\nMessage-ID: <{number}@example.com>\r\nSubject: Mail {number}\r\n\r\nText {number}\r\n"
            self.client.append("INBOX", None, None, mail.encode())
        self.client.append("INBOX", None, None, b"\r\nNo header at all\r\n")
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        self.client.select("INBOX")
        self.client.copy("1:2", "Box")
        self.client.store("1:2", "+FLAGS", r"(\Deleted)")
        self.client.expunge()
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox), before)
        self.assertEqual(before.mapped("folder_id.path"), ["Box", "INBOX"])
        self.assertTrue(all(message.subject in message.body_text.replace("Text", "Mail") for message in before[:2]))

    def test_a_move_into_a_folder_that_is_not_fetched_keeps_the_record(self):
        self.client.create("Archive")
        self.deliver("Mail")
        mailbox = self.make_synced(fetch_subfolders=False)
        message = self.message(mailbox, "Mail")
        self.move("INBOX", "Mail", "Archive")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(message.folder_id.path, "Archive")
        self.assertTrue(message.active)
        # And what happens to it there is followed.
        self.client.select("Archive")
        self.client.store("1", "+FLAGS", r"(\Flagged)")
        mailbox.fetch_mail()
        self.assertTrue(message.is_flagged)
        self.expunge("Archive", "Mail")
        mailbox.fetch_mail()
        self.assertFalse(message.active)

    def test_a_copy_is_another_record_with_the_same_content_and_no_download(self):
        self.client.create("Box")
        self.lab.deliver(self.account.address, self.with_attachment("Mail"))
        mailbox = self.make_synced()
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        self.assertEqual(mailbox.fetch_mail(), 0)
        first, second = self.messages(mailbox).sorted("id")
        self.assertEqual((first.folder_id.path, second.folder_id.path), ("INBOX", "Box"))
        self.assertEqual(first.body_text, second.body_text)
        self.assertEqual(first.attachment_ids.raw, second.attachment_ids.raw)
        self.assertEqual(first.attachment_ids.store_fname, second.attachment_ids.store_fname)
        self.assertNotEqual(first.attachment_ids, second.attachment_ids)

    def test_copied_first_and_deleted_later_is_a_move_and_keeps_the_record(self):
        self.client.create("Box")
        self.deliver("Mail")
        mailbox = self.make_synced()
        message = self.message(mailbox, "Mail")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        mailbox.fetch_mail()
        self.expunge("INBOX", "Mail")
        mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox), message)
        self.assertEqual(message.folder_id.path, "Box")

    def test_the_same_mail_in_two_mailboxes_is_two_messages(self):
        other = self.lab.account()
        raw = self.with_attachment("Mail")
        for account in (self.account, other):
            self.lab.deliver(account.address, raw)
        ours, theirs = self.make_synced(), self.make_lab_mailbox(account=other)
        theirs.fetch_mail()
        first, second = self.messages(ours), self.messages(theirs)
        self.assertNotEqual(first, second)
        self.assertEqual(first.attachment_ids.store_fname, second.attachment_ids.store_fname)

    def test_a_renamed_folder_keeps_its_record_and_its_messages(self):
        self.client.create("Projects")
        self.client.create("Projects/Old")
        self.deliver("Deep", folder="Projects/Old")
        self.deliver("High", folder="Projects")
        mailbox = self.make_synced()
        projects, old = (self.folder(mailbox, path) for path in ("Projects", "Projects/Old"))
        records = self.messages(mailbox)
        self.client.rename("Projects", "Work")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual((projects.path, old.path), ("Work", "Work/Old"))
        self.assertEqual((projects.name, old.parent_id), ("Work", projects))
        self.assertFalse(projects.is_missing or old.is_missing)
        self.assertEqual(self.messages(mailbox), records)
        self.client.rename("Work/Old", "Old")
        mailbox.fetch_mail()
        self.assertEqual((old.path, old.parent_id.id), ("Old", False))

    def test_another_folder_with_the_same_name_is_not_the_one_that_was_renamed(self):
        self.client.create("Box")
        self.deliver("Mine", folder="Box")
        mailbox = self.make_synced()
        box = self.folder(mailbox, "Box")
        self.client.delete("Box")
        self.client.create("Other")
        self.deliver("Foreign", folder="Other")
        mailbox.fetch_mail()
        self.assertTrue(box.is_missing)
        self.assertNotEqual(self.folder(mailbox, "Other"), box)
        self.assertEqual(self.message(mailbox, "Mine").folder_id, box)

    def test_an_emptied_mailbox_is_believed_and_refilling_brings_the_same_records(self):
        raws = [self.deliver(f"Mail {number}") for number in range(60)]
        mailbox = self.make_synced()
        records = self.messages(mailbox)
        self.client.select("INBOX")
        self.client.store("1:*", "+FLAGS", r"(\Deleted)")
        self.client.expunge()
        mailbox.fetch_mail()
        self.assertFalse(self.messages(mailbox))
        self.assertEqual(self.folder(mailbox, "INBOX").message_count, 0)
        for raw in raws:
            self.client.append("INBOX", "", None, raw)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.messages(mailbox), records)

    def test_without_change_there_is_one_list_and_no_select(self):
        for number in range(5):
            self.client.create(f"Box{number}")
            self.deliver(f"Mail {number}", folder=f"Box{number}")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            proxy.clear_counts()
            mailbox.fetch_mail()
            self.assertEqual(proxy.commands.count("LIST"), 1)
            self.assertFalse({"SELECT", "EXAMINE", "STATUS", "UID FETCH"} & set(proxy.commands))

    def test_servers_without_modern_extensions_are_followed_too(self):
        hidden = {
            "QRESYNC": ["QRESYNC"],
            "CONDSTORE": ["QRESYNC", "CONDSTORE"],
            "all": [
                "QRESYNC",
                "CONDSTORE",
                "UIDPLUS",
                "MOVE",
                "LIST-STATUS",
                "LIST-EXTENDED",
                "SPECIAL-USE",
                "ESEARCH",
            ],
        }
        for name, capabilities in hidden.items():
            with self.subTest(name), self.lab.proxy("imap") as proxy:
                proxy.hide(*capabilities)
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                for number in range(4):
                    self.deliver(f"Mail {number}")
                mailbox = self.make_synced(port=proxy.port, security="none")
                self.client.select("INBOX")
                self.client.store("1", "+FLAGS", r"(\Seen)")
                self.move("INBOX", "Mail 1", "Box")
                self.expunge("INBOX", "Mail 2")
                moved = self.message(mailbox, "Mail 1")
                self.deliver("New")
                self.assertEqual(mailbox.fetch_mail(), 1)
                self.assertTrue(self.message(mailbox, "Mail 0").is_seen)
                self.assertEqual(moved.folder_id.path, "Box")
                self.assertEqual(
                    sorted(self.messages(mailbox).mapped("subject")), ["Mail 0", "Mail 1", "Mail 3", "New"]
                )
