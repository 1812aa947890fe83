from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncRenames(SyncCase):
    """Folders that another program renamed, whatever Odoo knows of them."""

    def listed(self, **vals):
        """Return a mailbox of which only the list of folders was ever fetched."""
        mailbox = self.make_lab_mailbox(fetch_subfolders=True, **vals)
        mailbox.refresh_folders()
        return mailbox.with_env(self.env)

    def test_folders_that_were_never_fetched_keep_record_and_choice(self):
        for number in range(3):
            self.client.create(f"Kunden/K{number}")
        mailbox = self.listed()
        kunden, chosen = self.folder(mailbox, "Kunden"), self.folder(mailbox, "Kunden/K1")
        chosen.fetch_mode = "this"
        before = mailbox.folder_ids
        self.client.rename("Kunden", "Customers")
        mailbox.refresh_folders()
        self.assertEqual(mailbox.folder_ids, before)
        self.assertEqual((kunden.path, chosen.path), ("Customers", "Customers/K1"))
        self.assertFalse(any(folder.is_missing for folder in before))
        self.deliver("Mail", folder="Customers/K1")
        mailbox.fetch_mail()
        self.assertEqual(self.message(mailbox, "Mail").folder_id, chosen)

    def test_fetched_folders_below_one_that_was_not_take_it_along(self):
        for number in range(3):
            self.client.create(f"Kunden/K{number}")
            self.deliver(f"Mail {number}", folder=f"Kunden/K{number}")
        mailbox = self.make_synced()
        before = mailbox.folder_ids
        self.client.rename("Kunden", "Customers")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(mailbox.folder_ids, before)
        self.assertFalse(any(folder.is_missing for folder in before))
        self.assertEqual(self.message(mailbox, "Mail 1").folder_id.path, "Customers/K1")

    def test_a_folder_that_was_emptied_or_lost_its_newest_mail_is_recognised(self):
        for rest in (2, 0):
            with self.subTest(rest=rest):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.client.create("Box")
                for number in range(8):
                    self.deliver(f"Mail {number}", folder="Box")
                mailbox = self.make_synced()
                box = self.folder(mailbox, "Box")
                self.client.select("Box")
                self.client.store(f"{rest + 1}:8", "+FLAGS", r"(\Deleted)")
                self.client.expunge()
                self.client.unselect()
                self.client.rename("Box", "Kiste")
                self.deliver("New", folder="Kiste")
                self.assertEqual(mailbox.fetch_mail(), 1)
                self.assertEqual(self.folder(mailbox, "Kiste"), box)
                self.assertFalse(box.is_missing)
                shown = self.messages(mailbox)
                self.assertEqual(set(shown.mapped("subject")), {"New", *(f"Mail {number}" for number in range(rest))})
                self.assertEqual(shown.folder_id, box)

    def test_a_folder_deleted_and_another_made_is_not_a_rename(self):
        self.client.create("Old")
        mailbox = self.listed()
        old = self.folder(mailbox, "Old")
        self.client.delete("Old")
        self.client.create("New")
        mailbox.refresh_folders()
        self.assertNotEqual(self.folder(mailbox, "New"), old)

    def test_another_folder_under_the_old_name_is_another(self):
        for name in ("A", "A/Below"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        mailbox = self.make_synced()
        renamed, below = self.folder(mailbox, "A"), self.folder(mailbox, "A/Below")
        before = self.messages(mailbox)
        self.client.rename("A", "B")
        self.client.create("A")
        for name in ("A", "B", "B/Below"):
            self.deliver(f"New in {name}", folder=name)
        mailbox.fetch_mail()
        self.assertEqual((renamed.path, below.path), ("B", "B/Below"))
        # It goes on being fetched under its new name; the new one waits to be chosen, as any other.
        new = self.messages(mailbox) - before
        self.assertEqual(set(new.mapped("subject")), {"New in B", "New in B/Below"})
        self.assertEqual(self.folder(mailbox, "A").fetch_mode, "no")
        self.assertEqual(self.message(mailbox, "In A").folder_id, renamed)

    def test_a_folder_under_whose_old_name_there_is_something_below_is_renamed(self):
        """Its old name is listed again, with \\Noselect, for the folder below it."""
        self.client.create("Keep")
        for number in range(8):
            self.deliver(f"Mail {number}", folder="Keep")
        mailbox = self.make_synced()
        keep = self.folder(mailbox, "Keep")
        before = self.messages(mailbox)
        self.client.rename("Keep", "Neu")
        self.client.create("Keep/Sub")
        for name in ("Neu", "Keep/Sub"):
            self.deliver(f"New in {name}", folder=name)
        self.assertEqual(mailbox.fetch_mail(), 1, "what is new below the old name waits to be chosen")
        self.assertEqual((keep.path, keep.fetch_mode, keep.is_selectable), ("Neu", "tree", True))
        self.assertEqual(self.messages(mailbox).folder_id, keep)
        self.assertEqual(self.messages(mailbox) - before, self.message(mailbox, "New in Neu"))
        place = self.folder(mailbox, "Keep")
        self.assertEqual((place.is_selectable, place.message_count, place.fetch_mode), (False, 0, "no"))
        self.assertEqual((place.child_ids.path, keep.child_ids.ids), ("Keep/Sub", []))
        self.assertNotIn("warning", mailbox.event_ids.mapped("level"))
        # What a user does reaches the server.
        self.message(mailbox, "Mail 3").with_user(self.anna).is_seen = True
        self.message(mailbox, "Mail 4").with_user(self.anna).delete()
        mailbox._push_now()
        self.assertIn(r"\Seen", self.flags("Neu", "Mail 3"))
        self.assertNotIn("Mail 4", self.subjects("Neu"))
        folders = mailbox.folder_ids
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual((mailbox.folder_ids, keep.path), (folders, "Neu"))

    def test_a_folder_that_was_deleted_with_something_below_it_is_not_renamed(self):
        self.client.create("Keep")
        self.client.create("Keep/Sub")
        self.deliver("Mail", folder="Keep")
        mailbox = self.make_synced()
        keep = self.folder(mailbox, "Keep")
        self.client.delete("Keep")
        self.client.create("Neu")
        self.deliver("New", folder="Neu")
        mailbox.fetch_mail()
        self.assertEqual((keep.path, keep.is_selectable), ("Keep", False))
        self.assertNotEqual(self.folder(mailbox, "Neu"), keep)
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Mail"])
        self.assertIn("warning", mailbox.event_ids.mapped("level"))

    def test_a_folder_without_mail_takes_its_choice_along_though_its_old_name_is_there_for_another(self):
        for number in range(3):
            self.client.create(f"Kunden/K{number}")
            self.deliver(f"Mail {number}", folder=f"Kunden/K{number}")
        mailbox = self.make_synced()
        kunden = self.folder(mailbox, "Kunden")
        (mailbox.folder_ids - kunden).fetch_mode = "no"
        self.client.rename("Kunden", "Customers")
        self.client.create("Kunden/K9")
        self.deliver("New", folder="Customers/K1")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual((kunden.path, kunden.fetch_mode), ("Customers", "tree"))
        self.assertEqual(kunden.child_ids.mapped("name"), ["K0", "K1", "K2"])
        self.assertEqual(self.folder(mailbox, "Kunden").child_ids.path, "Kunden/K9")

    def test_folders_that_changed_names_keep_record_and_choice(self):
        for name in ("A", "B", "C"):
            self.client.create(name)
        self.deliver("In A", folder="A")
        mailbox = self.make_synced()
        first, second, third = (self.folder(mailbox, name) for name in "ABC")
        (second | third).fetch_mode = "no"
        before = self.message(mailbox, "In A")
        for old, new in (("A", "T"), ("B", "A"), ("C", "B"), ("T", "C")):
            self.client.rename(old, new)
        self.deliver("More in what was A", folder="C")
        self.deliver("In what was B", folder="A")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual([folder.path for folder in (first, second, third)], ["C", "A", "B"])
        self.assertEqual(self.messages(mailbox).folder_id, first)
        self.assertIn(before, self.messages(mailbox))

    def test_a_new_uidvalidity_under_a_known_one_of_another_is_no_rename(self):
        """A server that was built anew may give a number that another folder had."""
        for name in ("A", "B"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        mailbox = self.make_synced()
        first, second = self.folder(mailbox, "A"), self.folder(mailbox, "B")
        first.listed_uidvalidity, second.listed_uidvalidity = second.listed_uidvalidity, first.listed_uidvalidity
        mailbox.fetch_mail()
        self.assertEqual((first.path, second.path), ("A", "B"))

    def test_a_folder_that_took_the_name_of_a_deleted_one(self):
        for name in ("A", "B"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        mailbox = self.make_synced()
        message = self.message(mailbox, "In A")
        self.client.delete("B")
        self.client.rename("A", "B")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.deliver("New", folder="B")
        self.assertEqual(mailbox.fetch_mail(), 1)
        there = self.folder(mailbox, "B")
        self.assertFalse(there.is_missing)
        self.assertEqual((message.folder_id, self.message(mailbox, "New").folder_id), (there, there))
        self.assertEqual(mailbox.state, "ok")

    def test_a_delimiter_that_changes_is_learned(self):
        self.client.create("Work")
        mailbox = self.make_synced()
        work = self.folder(mailbox, "Work")
        work.delimiter = "."
        mailbox.refresh_folders()
        self.assertEqual(work.delimiter, "/")

    def test_two_folders_that_change_names_are_told_apart(self):
        for name in ("A", "B"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        mailbox = self.make_synced()
        self.client.rename("A", "T")
        self.client.rename("B", "A")
        self.client.rename("T", "B")
        mailbox.fetch_mail()
        self.assertEqual(
            {message.subject: message.folder_id.path for message in self.messages(mailbox)}, {"In A": "B", "In B": "A"}
        )

    def test_a_rename_that_was_done_but_not_noted_is_done(self):
        for name in ("Old", "Empty"):
            self.client.create(name)
        self.deliver("Mail", folder="Old")
        mailbox = self.make_synced()
        old, empty = (self.folder(mailbox, name) for name in ("Old", "Empty"))
        old.with_user(self.anna).rename("New")
        empty.with_user(self.anna).rename("Full")
        # The server did what we asked for, and the connection was cut before it could say so.
        self.client.rename("Old", "New")
        self.client.rename("Empty", "Full")
        mailbox._push_now()
        self.assertFalse(self.operations(mailbox))
        self.assertEqual((old.path, empty.path), ("New", "Full"))
        self.assertNotIn("warning", mailbox.event_ids.mapped("level"))
        before = mailbox.folder_ids
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(mailbox.folder_ids, before)
        self.assertFalse(old.is_missing or empty.is_missing)

    def test_a_rename_to_a_name_that_is_taken_is_undone(self):
        for name in ("Old", "New"):
            self.client.create(name)
        mailbox = self.make_synced()
        old = self.folder(mailbox, "Old")
        # Odoo does not know of it yet.
        self.client.create("Taken")
        old.with_user(self.anna).rename("Taken")
        mailbox._push_now()
        self.assertEqual(old.path, "Old")
        self.assertFalse(self.operations(mailbox))
        self.assertIn("warning", mailbox.event_ids.mapped("level"))

    def test_until_the_server_renames_a_folder_it_is_looked_for_under_its_old_name(self):
        for name in ("Old", "Full"):
            self.client.create(name)
        for number in range(60):
            self.deliver(f"Mail {number}", folder="Full")
        self.deliver("Moved")
        mailbox = self.make_synced()
        mailbox.folder_ids.filtered(lambda folder: folder.path == "Old").fetch_mode = "no"
        old, full, moved = self.folder(mailbox, "Old"), self.folder(mailbox, "Full"), self.message(mailbox, "Moved")
        with self.lab.proxy("imap") as proxy:
            proxy.deny("RENAME", text="[INUSE] Later")
            self.through(proxy, mailbox)
            old.with_user(self.anna).rename("New")
            full.with_user(self.anna).rename("Empty")
            self.move("INBOX", "Moved", "Old")
            # So many at once are believed to a second connection only.
            self.client.select("Full")
            self.client.store("1:*", "+FLAGS", r"(\Deleted)")
            self.client.expunge()
            mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox), moved)
        self.assertEqual((moved.folder_id, old.path), (old, "New"))
