import re
from email import message_from_bytes
from unittest.mock import patch

from odoo.tests import tagged

from ..protocol.imap import ImapSession
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncMadeAgain(SyncCase):
    """Another program deletes a folder and makes one of the same name: what Odoo has of the first one stays shown."""

    def setUp(self):
        super().setUp()
        self.client.create("Work")
        for number in range(5):
            # Of several parts, so that header and size say which mail it is: see `alike`.
            raw = self.with_attachment(f"Mail {number}")
            self.lab.deliver(self.account.address, raw, folder="Work")
        self.backup = self.read_all("Work")
        self.mailbox = self.make_synced()
        self.work = self.folder(self.mailbox, "Work")
        self.before = self.messages(self.mailbox)

    def read_all(self, path):
        """Return ``[(date, mail)]`` of what the server has, as who makes a backup reads it."""
        self.client.select(path)
        answers = self.client.fetch("1:*", "(INTERNALDATE BODY.PEEK[])")[1]
        return [(re.search(rb'INTERNALDATE (".*?")', info)[1].decode(), raw) for info, raw in answers[::2]]

    def delete(self, path="Work"):
        self.client.select("INBOX")
        self.client.delete(path)

    def restore(self, numbers, path="Work"):
        for number in numbers:
            date, raw = self.backup[number]
            self.client.append(path, None, date, raw)

    def fetch(self):
        """Fetch, and return the UIDs of what was downloaded."""
        real, downloaded = ImapSession.messages, []

        def messages(session, uids):
            downloaded.extend(uids)
            return real(session, uids)

        with patch.object(ImapSession, "messages", messages):
            self.mailbox.fetch_mail()
        self.env.invalidate_all()
        return downloaded

    def kept(self, name="Work"):
        return self.mailbox.folder_ids.filtered(lambda folder: folder.is_missing and folder.name == name)

    def shown(self):
        """Return how many messages each folder shows: as counted, and as kept."""
        found = {}
        for folder in self.mailbox.folder_ids:
            messages = self.messages(self.mailbox).filtered(lambda message, folder=folder: message.folder_id == folder)
            self.assertEqual((folder.message_count, folder.unread_count), (len(messages), len(messages)), folder.name)
            if messages:
                found[folder.name + (" (gone)" if folder.is_missing else "")] = len(messages)
        return found

    def told(self):
        return [event.text for event in self.mailbox.event_ids if "made again" in event.text]

    def test_an_empty_one_leaves_what_was_in_the_first_beside_it(self):
        self.delete()
        self.fetch()
        self.client.create("Work")
        self.fetch()
        self.assertEqual(self.messages(self.mailbox), self.before)
        self.assertEqual(self.shown(), {"Work (gone)": 5})
        [text] = self.told()
        self.assertIn("not any more: 5. They stay", text)
        # The new one is fetched as the old one was, and the next visits change nothing.
        self.assertEqual((self.work.path, self.work.fetch_mode, self.work.is_missing), ("Work", "tree", False))
        self.deliver("New", folder="Work")
        self.assertEqual(len(self.fetch()), 1)
        self.fetch()
        self.mailbox.repair()
        self.assertEqual(self.shown(), {"Work (gone)": 5, "Work": 1})
        self.assertEqual(len(self.told()), 1)
        self.env["comm.message"]._gc_tombstones()
        self.assertEqual(self.before.exists(), self.before)
        # What goes from the new one goes as from any folder.
        self.expunge("Work", "New")
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 5})

    def test_one_made_again_before_odoo_saw_it_missing_is_no_other_case(self):
        self.delete()
        self.client.create("Work")
        self.deliver("New", folder="Work")
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 5, "Work": 1})
        self.assertEqual(len(self.told()), 1)

    def test_the_same_mails_are_bound_again(self):
        for seen_missing in (True, False):
            with self.subTest(seen_missing=seen_missing):
                self.delete()
                if seen_missing:
                    self.fetch()
                self.client.create("Work")
                self.restore(range(5))
                self.assertFalse(self.fetch())
                self.assertEqual(self.messages(self.mailbox), self.before)
                self.assertEqual(self.shown(), {"Work": 5})
                self.assertFalse(self.told() or self.kept())

    def test_part_of_them_comes_back_now_and_the_rest_later(self):
        self.delete()
        self.fetch()
        self.client.create("Work")
        self.restore([0, 3])
        self.assertFalse(self.fetch())
        self.assertEqual(self.shown(), {"Work (gone)": 3, "Work": 2})
        self.restore([1, 2, 4])
        self.assertFalse(self.fetch())
        self.assertEqual(self.messages(self.mailbox), self.before)
        self.assertEqual(self.shown(), {"Work": 5})
        self.fetch()
        self.assertFalse(self.kept())

    def test_restored_under_another_name_they_are_found_there(self):
        self.delete()
        self.client.create("Work")
        self.fetch()
        self.client.create("Backup")
        self.restore(range(5), path="Backup")
        self.mailbox.refresh_folders()
        self.folder(self.mailbox, "Backup").fetch_mode = "this"
        self.assertFalse(self.fetch())
        self.assertEqual(self.messages(self.mailbox), self.before)
        self.assertEqual(self.shown(), {"Backup": 5})

    def test_a_second_time_they_come_to_the_others(self):
        for number in range(2):
            self.delete()
            self.fetch()
            self.client.create("Work")
            self.deliver(f"Another {number}", folder="Work")
            self.fetch()
        self.assertEqual(len(self.kept()), 1)
        self.assertEqual(self.shown(), {"Work (gone)": 6, "Work": 1})
        self.assertEqual(len(self.told()), 2)

    def test_very_many_are_no_other_case(self):
        for number in range(60):
            self.deliver(f"More {number}", folder="Work")
        self.fetch()
        self.delete()
        self.client.create("Work")
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 65})
        self.assertEqual([event.level for event in self.mailbox.event_ids[:3]].count("warning"), 1)

    def test_deleting_here_is_still_what_ends_it(self):
        self.delete()
        self.fetch()
        self.client.create("Work")
        self.fetch()
        one = self.before[0].with_user(self.anna)
        one.delete(seen_in=self.kept().id)
        self.assertFalse(one.exists())
        action = self.kept().with_user(self.anna).action_delete_here()
        dialog = self.env[action["res_model"]].with_user(self.anna).browse(action["res_id"])
        self.assertIn("“Work” and the messages in it (4)", dialog.sentence)
        dialog.action_delete()
        self.assertFalse(self.before.exists())
        self.fetch()
        self.assertEqual((self.shown(), self.work.exists()), ({}, self.work))

    def test_folders_below_stay_as_they_are(self):
        for name in ("Work/Gone", "Work/Back"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        self.mailbox.refresh_folders()
        self.fetch()
        for name in ("Work/Gone", "Work/Back", "Work"):
            self.delete(name)
        self.fetch()
        for name in ("Work", "Work/Back"):
            self.client.create(name)
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 5, "Gone (gone)": 1, "Back (gone)": 1})
        self.assertEqual(self.kept("Back").parent_id, self.work)
        self.assertEqual(self.kept("Gone").parent_id, self.work)

    def test_one_that_is_not_fetched_by_itself(self):
        self.work.fetch_mode = "no"
        self.delete()
        self.fetch()
        self.client.create("Work")
        self.deliver("New", folder="Work")
        self.restore([2])
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 4, "Work": 1})
        self.assertEqual(self.messages(self.mailbox), self.before)

    def test_an_inbox_that_was_made_anew(self):
        self.deliver("In the inbox")
        self.fetch()
        inbox = self.mailbox.folder_ids.filtered(lambda folder: folder.role == "inbox")
        # What a mailbox looks like that its provider set up again: the same name, nothing in it, other numbers.
        self.expunge("INBOX", "In the inbox")
        inbox.uidvalidity += 1
        self.deliver("After")
        self.fetch()
        self.assertEqual(self.shown(), {"Work": 5, "Inbox (gone)": 1, "INBOX": 1})
        self.deliver("Later")
        self.assertEqual(len(self.fetch()), 1)

    def test_a_server_that_gives_the_same_uidvalidity_again(self):
        """Some give one number to all folders: it says nothing."""
        self.delete()
        self.fetch()
        self.client.create("Work")
        self.deliver("New", folder="Work")
        self.restore([4])
        self.client.select("Work")
        given = int(self.client.response("UIDVALIDITY")[1][0])
        self.work.write({"uidvalidity": given, "listed_uidvalidity": given})
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 4, "Work": 2})
        self.assertEqual(self.messages(self.mailbox) & self.before, self.before)

    def test_one_that_was_only_out_of_sight_is_the_same_again(self):
        self.work.is_missing = True
        self.assertFalse(self.fetch())
        self.assertEqual(self.shown(), {"Work": 5})
        self.assertFalse(self.told())
        # From here on it is a folder as any other.
        self.expunge("Work", "Mail 1")
        self.fetch()
        self.assertEqual(self.shown(), {"Work": 4})

    def test_what_went_while_it_was_out_of_sight_stays(self):
        self.work.is_missing = True
        self.expunge("Work", "Mail 1")
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 1, "Work": 4})
        self.assertEqual(len(self.told()), 1)

    def test_what_waits_for_the_server_is_dropped_and_told(self):
        self.client.create("Other")
        self.mailbox.refresh_folders()
        marked, moved = (self.message(self.mailbox, f"Mail {number}").with_user(self.anna) for number in (0, 1))
        self.delete()
        self.client.create("Work")
        marked.is_flagged = True
        moved.move_to(self.folder(self.mailbox, "Other"))
        self.fetch()
        self.assertEqual(self.shown(), {"Work (gone)": 5})
        self.assertFalse(self.operations(self.mailbox))
        self.assertIn("Changes dropped", "".join(self.mailbox.event_ids.mapped("text")))
        # Marks of what is kept are Odoo's alone, and wait for nothing.
        self.message(self.mailbox, "Mail 2").with_user(self.anna).is_flagged = True
        self.assertFalse(self.operations(self.mailbox))

    def test_another_known_folder_gets_its_name(self):
        self.client.create("Next")
        self.deliver("In Next", folder="Next")
        self.mailbox.refresh_folders()
        following = self.folder(self.mailbox, "Next")
        following.fetch_mode = "this"
        self.fetch()
        self.delete()
        self.fetch()
        self.client.rename("Next", "Work")
        self.assertFalse(self.fetch())
        self.assertEqual(self.folder(self.mailbox, "Work"), following)
        self.assertEqual(self.shown(), {"Work (gone)": 5, "Work": 1})
        self.assertEqual(self.before.folder_id, self.work)
        # What is kept is told whole, though nobody can be asked for it any more.
        whole = message_from_bytes(self.before[0].with_user(self.anna)._whole_source())
        self.assertEqual((whole["Subject"], len(whole.get_payload())), (self.before[0].subject, 2))
