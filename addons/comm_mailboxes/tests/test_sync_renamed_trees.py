from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncRenamedTrees(SyncCase):
    """Another program renames a tree with folders in it that hold no mail, and UIDVALIDITY does not tell them apart."""

    def make(self, *paths, filled=()):
        for path in (*paths, *filled):
            self.client.create(path)
        for path in filled:
            self.deliver(f"In {path}", folder=path)

    def fetched(self):
        """Return a mailbox on a server that gives all folders the same UIDVALIDITY; each folder is chosen for itself."""
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.proxy.replace(rb"UIDVALIDITY \d+", rb"UIDVALIDITY 7")
        mailbox = self.make_synced(port=self.proxy.port, security="none")
        mailbox.folder_ids.fetch_mode = "this"
        return mailbox

    def test_folders_without_mail_follow_the_tree(self):
        for tops in ((), ("K", "K/00", "K/01")):
            for new in ("Z", "L/K"):
                with self.subTest(tops=tops, new=new):
                    self.account = self.lab.account()
                    self.client = self.lab.imap(self.account)
                    self.make(*tops, "K/00/b", "K/00/c", "K/01/d", "L", filled=["K/00/a"])
                    mailbox = self.fetched()
                    before = {folder: folder.path for folder in mailbox.folder_ids}
                    self.client.rename("K", new)
                    mailbox.fetch_mail()
                    self.assertEqual(
                        {folder: folder.path for folder in mailbox.folder_ids},
                        {folder: path.replace("K", new) for folder, path in before.items()},
                    )
                    self.assertFalse(any(folder.is_missing for folder in mailbox.folder_ids))
                    self.assertNotIn("warning", mailbox.event_ids.mapped("level"))
                    for path in ("00/b", "01/d"):
                        self.deliver(f"New in {path}", folder=f"{new}/{path}")
                    self.assertEqual(mailbox.fetch_mail(), 2)

    def test_an_empty_folder_takes_its_choice_for_all_below_along(self):
        self.make("K", "K/00", "K/00/b", filled=["K/00/a"])
        mailbox = self.fetched()
        mailbox.folder_ids.fetch_mode = "no"
        top = self.folder(mailbox, "K")
        top.fetch_mode = "tree"
        self.client.rename("K", "Z")
        self.make("Z/new")
        mailbox.fetch_mail()
        self.assertEqual((top.path, top.fetch_mode, top.is_missing), ("Z", "tree", False))
        for path in ("Z", "Z/00/b", "Z/new"):
            self.deliver(f"Later in {path}", folder=path)
        self.assertEqual(mailbox.fetch_mail(), 3)

    def test_a_folder_that_was_emptied_follows_the_tree(self):
        self.make(filled=["K/00/a", "K/00/b"])
        mailbox = self.fetched()
        emptied = self.folder(mailbox, "K/00/b")
        self.expunge("K/00/b", "In K/00/b")
        self.client.unselect()
        self.client.rename("K", "Z")
        mailbox.fetch_mail()
        self.assertEqual(emptied.path, "Z/00/b")

    def test_one_that_was_made_anew_is_another(self):
        """Here UIDVALIDITY tells, as nearly everywhere."""
        self.make("K", "K/00", "K/00/b", filled=["K/00/a"])
        mailbox = self.make_synced()
        deleted = self.folder(mailbox, "K/00/b")
        self.client.delete("K/00/b")
        self.client.rename("K", "Z")
        self.make("Z/00/b")
        mailbox.fetch_mail()
        self.assertEqual((deleted.path, deleted.is_missing), ("K/00/b", True))
        self.assertEqual(self.folder(mailbox, "Z/00/b").fetch_mode, "no")

    def test_one_of_the_same_name_elsewhere_is_another(self):
        self.make("K/00/b", filled=["K/00/a"])
        mailbox = self.fetched()
        deleted = self.folder(mailbox, "K/00/b")
        self.client.delete("K/00/b")
        self.client.rename("K", "Z")
        self.make("Y/00/b", "b")
        mailbox.fetch_mail()
        self.assertEqual((deleted.path, deleted.is_missing), ("K/00/b", True))
        self.assertEqual({self.folder(mailbox, path).fetch_mode for path in ("Y/00/b", "b")}, {"no"})

    def test_one_folder_that_is_moved_takes_no_other_along(self):
        """The tree is still there, or what the folder was moved to was there before."""
        for stays, was_there in (("K/00/stays", "L"), ("L", "Z/00")):
            with self.subTest(stays=stays):
                self.account = self.lab.account()
                self.client = self.lab.imap(self.account)
                self.make("K/00/b", stays, was_there, filled=["K/00/a"])
                mailbox = self.fetched()
                deleted = self.folder(mailbox, "K/00/b")
                self.client.delete("K/00/b")
                self.client.rename("K/00/a", "Z/00/a")
                self.make("Z/00/b")
                mailbox.fetch_mail()
                self.folder(mailbox, "Z/00/a").fetch_mode = "this"
                self.assertEqual(self.message(mailbox, "In K/00/a").folder_id.path, "Z/00/a")
                self.assertEqual((deleted.path, deleted.is_missing), ("K/00/b", True))

    def test_what_contradicts_itself_tells_nothing(self):
        self.make("K/00/c", filled=["K/00/a", "K/00/b"])
        mailbox = self.fetched()
        empty = self.folder(mailbox, "K/00/c")
        self.client.rename("K/00/a", "Y/00/a")
        self.client.rename("K/00/b", "Z/00/b")
        self.client.delete("K/00/c")
        self.make("Z/00/c")
        mailbox.fetch_mail()
        self.assertEqual((empty.path, empty.is_missing), ("K/00/c", True))
        self.assertEqual({message.folder_id.path for message in self.messages(mailbox)}, {"Y/00/a", "Z/00/b"})

    def test_two_that_may_be_the_same_one_are_left_alone(self):
        self.make("K/c", "L/c", filled=["K/a", "L/b"])
        mailbox = self.fetched()
        for path in ("K/c", "L/c"):
            self.client.delete(path)
        self.client.rename("K/a", "Z/a")
        self.client.rename("L/b", "Z/b")
        self.make("Z/c")
        before = mailbox.folder_ids
        mailbox.fetch_mail()
        self.assertNotIn(self.folder(mailbox, "Z/c"), before)

    def test_many_folders_of_the_same_names_cost_one_look_each(self):
        count = 12
        self.make(*(f"K/{n:02}/out" for n in range(count)), filled=[f"K/{n:02}/in" for n in range(count)])
        mailbox = self.fetched()
        before = mailbox.folder_ids
        self.client.rename("K", "Z")
        self.proxy.clear_counts()
        mailbox.refresh_folders()
        self.assertEqual(mailbox.folder_ids, before)
        self.assertLessEqual(self.proxy.commands.count("SELECT"), 2 * count)
