from odoo.tests import tagged

from .common import LabCase

NAMES = ["Küche Müller", 'Sagt "Hallo"', "Punkt.Datei", "A&B", "日本語"]


@tagged("post_install", "-at_install")
class TestFolders(LabCase):
    def by_path(self, mailbox):
        return {folder.path: folder for folder in mailbox.folder_ids}

    def test_folders_come_with_names_hierarchy_and_roles(self):
        for name in NAMES:
            self.lab.create_folder(self.account.address, f"Projekte/{name}")
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        folders = self.by_path(mailbox)
        self.assertEqual(folders["INBOX"].role, "inbox")
        self.assertTrue({"sent", "trash", "drafts"} <= set(mailbox.folder_ids.mapped("role")))
        for name in NAMES:
            with self.subTest(name):
                folder = folders[f"Projekte/{name}"]
                self.assertEqual(folder.name, name)
                self.assertEqual(folder.complete_name, f"Projekte / {name}")
                self.assertEqual(folder.parent_id, folders["Projekte"])

    def test_a_dot_or_any_other_delimiter_separates_levels(self):
        account = self.lab.account(delimiter=".", prefix="INBOX.")
        self.lab.create_folder(account.address, "INBOX.Kunden.Süd")
        mailbox = self.make_lab_mailbox(account=account)
        mailbox.refresh_folders()
        folder = self.by_path(mailbox)["INBOX.Kunden.Süd"]
        self.assertEqual(folder.complete_name, "INBOX / Kunden / Süd")

    def test_refreshing_twice_changes_nothing(self):
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        before = mailbox.folder_ids.read(["path", "write_date"])
        mailbox.refresh_folders()
        self.assertEqual(mailbox.folder_ids.read(["path", "write_date"]), before)

    def test_only_subscribed_folders_brings_those_their_parents_and_the_inbox(self):
        self.lab.create_folder(self.account.address, "Archiv/2026/Rechnungen", subscribed=True)
        self.lab.create_folder(self.account.address, "Privat", subscribed=False)
        mailbox = self.make_lab_mailbox(only_subscribed=True)
        mailbox.refresh_folders()
        paths = set(self.by_path(mailbox))
        self.assertTrue({"INBOX", "Archiv/2026/Rechnungen"} <= paths)
        self.assertNotIn("Privat", paths)

    def test_a_folder_that_vanished_keeps_its_mail_and_is_marked(self):
        self.deliver("Kept", folder="Old")
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        folder = self.by_path(mailbox)["Old"]
        folder.fetch_mail()
        client = self.lab.imap(self.account)
        client.delete("Old")
        client.logout()
        mailbox.refresh_folders()
        self.assertTrue(folder.is_missing)
        self.assertEqual(folder.message_count, 1)
        self.lab.create_folder(self.account.address, "Old")
        mailbox.refresh_folders()
        self.assertFalse(folder.is_missing)

    def test_the_automatic_fetch_takes_the_chosen_folders_and_those_below(self):
        for folder in ("A", "A/B", "C"):
            self.deliver(f"In {folder}", folder=folder)
        self.deliver("In the inbox")
        mailbox = self.make_lab_mailbox()
        mailbox.refresh_folders()
        self.by_path(mailbox)["A"].fetch_mode = "tree"
        self.assertEqual(mailbox.fetch_mail(), 1, "subfolders are off: only the inbox")
        mailbox.fetch_subfolders = True
        self.assertEqual(mailbox.fetch_mail(), 2)
        self.deliver("Later", folder="A/B/Future")
        self.assertEqual(mailbox.fetch_mail(), 1, "a folder that came later below A is fetched too")
        self.assertEqual(self.by_path(mailbox)["C"].fetch_mail(), 1, "any folder by hand")
