from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..protocol.imap import ImapSession
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncHealth(SyncCase):
    """What is missing is noticed, fetched, and told when it stays."""

    def test_a_missing_message_is_fetched_by_the_next_visit_that_opens_the_folder(self):
        self.deliver("Lost")
        mailbox = self.make_synced()
        self.messages(mailbox).unlink()
        self.deliver("New")
        mailbox.fetch_mail()
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["Lost", "New"])

    def test_repair_compares_everything_and_tells_what_it_mended(self):
        for name in ("Lost", "Marked", "Fine"):
            self.deliver(name)
        mailbox = self.make_synced()
        engine = mailbox.with_context(comm_sync=True)
        self.message(engine, "Lost").unlink()
        self.message(engine, "Marked").is_seen = True
        self.env.cr.execute("UPDATE comm_folder SET message_count = 77 WHERE mailbox_id = %s", [mailbox.id])
        self.env.invalidate_all()
        told = mailbox.repair()
        self.assertIn("Messages fetched: 1", told)
        self.assertIn("Marks corrected: 1", told)
        self.assertFalse(self.message(mailbox, "Marked").is_seen)
        self.assertEqual(self.folder(mailbox, "INBOX").message_count, 3)
        self.assertIn("nothing to mend", mailbox.repair())

    def test_a_gap_that_stays_is_an_error_that_the_owner_sees(self):
        self.deliver("Mail")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            proxy.replace(rb"^\* (\d+) EXISTS", rb"* 9 EXISTS")
            self.deliver("Second")
            mailbox.fetch_mail()
            self.assertEqual(mailbox.state, "ok")
            self.assertIn("than it hands out", self.failure_of(mailbox.fetch_mail))
            self.assertEqual(mailbox.state, "error")
            self.assertIn("INBOX", mailbox.last_error)
            proxy.reset()
            mailbox.fetch_mail()
            self.assertEqual(mailbox.state, "ok")

    def test_a_mass_loss_is_only_believed_to_a_second_connection(self):
        for number in range(60):
            self.deliver(f"Mail {number}")
        with self.lab.proxy("imap") as proxy:
            proxy.hide("QRESYNC", "ESEARCH")
            mailbox = self.make_synced(port=proxy.port, security="none")
            proxy.clear_counts()
            self.client.select("INBOX")
            self.client.store("1:*", "+FLAGS", r"(\Deleted)")
            self.client.expunge()
            mailbox.fetch_mail()
            self.assertEqual(proxy.connections, 2)
        self.assertFalse(self.messages(mailbox))
        self.assertEqual(self.losses(mailbox), ["60 messages at once are not in “INBOX” on the server any more"])

    def test_a_mass_loss_is_believed_to_a_server_that_lets_in_one_connection_only(self):
        for number in range(60):
            self.deliver(f"Mail {number}")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            self.client.select("INBOX")
            self.client.store("1:*", "+FLAGS", r"(\Deleted)")
            self.client.expunge()
            self.deliver("After")
            proxy.let_in_one()
            mailbox.fetch_mail()
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["After"])
        self.assertEqual(self.losses(mailbox), ["60 messages at once are not in “INBOX” on the server any more"])

    def test_after_the_second_look_on_the_only_connection_changes_reach_the_server(self):
        for number in range(60):
            self.deliver(f"Mail {number}")
        self.deliver("Kept")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_synced(port=proxy.port, security="none")
            self.message(mailbox, "Kept").with_user(self.anna).is_flagged = True
            self.client.select("INBOX")
            self.client.store("1:60", "+FLAGS", r"(\Deleted)")
            self.client.expunge()
            proxy.let_in_one()
            mailbox.fetch_mail()
        self.assertEqual(self.flags("INBOX", "Kept"), {r"\Flagged"})
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Kept"])
        self.assertFalse(self.operations(mailbox))

    def test_a_mass_loss_under_another_uidvalidity_is_none(self):
        for number in range(60):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        self.client.select("INBOX")
        self.client.store("1:*", "+FLAGS", r"(\Deleted)")
        self.client.expunge()
        real = ImapSession.examine

        def examine(session, path):
            state = real(session, path)
            return replace(state, uidvalidity=state.uidvalidity + 1)

        with patch.object(ImapSession, "examine", examine):
            mailbox.fetch_mail()
        self.assertEqual((len(self.messages(mailbox)), self.losses(mailbox)), (60, []))
        mailbox.fetch_mail()
        self.assertFalse(self.messages(mailbox))

    def losses(self, mailbox):
        """Return how the events that tell of lost mail begin."""
        texts = mailbox.event_ids.filtered(lambda event: event.level == "warning").mapped("text")
        return [text.partition(";")[0] for text in texts]

    def test_what_was_in_a_folder_of_a_new_uidvalidity_stays_when_it_is_empty_again_and_again(self):
        self.client.create("Box")
        for number in range(60):
            self.deliver(f"Mail {number}", folder="Box")
        mailbox = self.make_synced()
        self.client.select("INBOX")
        self.client.delete("Box")
        self.client.create("Box")
        mailbox.fetch_mail()
        [text] = self.losses(mailbox)
        self.assertIn("“Box” is another one now: it was deleted on the server and made again", text)
        self.assertEqual((len(self.messages(mailbox)), self.messages(mailbox).folder_id.is_missing), (60, True))

    def test_many_messages_that_turn_up_elsewhere_are_no_loss(self):
        self.client.create("Box")
        for number in range(60):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        before = self.messages(mailbox)
        self.client.select("INBOX")
        self.client._simple_command("MOVE", "1:*", "Box")
        mailbox.fetch_mail()
        self.assertEqual((self.messages(mailbox), before.folder_id.path), (before, "Box"))
        self.assertEqual(self.losses(mailbox), [])

    def test_a_few_lost_messages_are_no_event(self):
        for number in range(60):
            self.deliver(f"Mail {number}")
        mailbox = self.make_synced()
        self.client.select("INBOX")
        self.client.store("1:15", "+FLAGS", r"(\Deleted)")
        self.client.expunge()
        mailbox.fetch_mail()
        self.assertEqual((len(self.messages(mailbox)), self.losses(mailbox)), (45, []))

    def test_folders_that_the_server_does_not_list_any_more_are_told_once(self):
        for name in ("Box", "Box/Below"):
            self.client.create(name)
            self.deliver(f"In {name}", folder=name)
        mailbox = self.make_synced(log_events=False)
        self.client.delete("Box/Below")
        self.client.delete("Box")
        for _visit in range(2):
            mailbox.fetch_mail()
        [event] = mailbox.event_ids
        self.assertEqual((event.level, event.step), ("warning", "folders"))
        self.assertIn("is not on the mail server any more", self.failure_of(self.folder(mailbox, "Box").fetch_mail))
        self.assertIn("hold no mail there: Box, Box / Below. They", event.text)
        self.assertIn("delete them here: 2.", event.text)
        self.assertEqual(len(self.messages(mailbox)), 2)

    def test_a_folder_that_is_left_for_what_is_below_it_only_is_told(self):
        self.client.create("Box")
        self.client.create("Box/Below")
        self.client.create("Other")
        for name in ("Gone", "Moved"):
            self.deliver(name, folder="Box")
        mailbox = self.make_synced(log_events=False)
        moved = self.message(mailbox, "Moved")
        self.move("Box", "Moved", "Other")
        self.client.select("INBOX")
        self.client.delete("Box")
        mailbox.fetch_mail()
        self.assertFalse(self.folder(mailbox, "Box").is_selectable)
        self.assertIn("hold no mail there: Box. They", mailbox.event_ids[0].text)
        self.assertEqual(self.messages(mailbox).mapped("folder_id.path"), ["Box", "Other"])
        self.assertEqual(moved.folder_id.path, "Other")

    def test_an_empty_folder_in_the_place_of_a_full_one_is_only_believed_to_a_second_connection(self):
        self.client.create("Box")
        for number in range(60):
            self.deliver(f"Mail {number}", folder="Box")
        mailbox = self.make_synced()
        self.client.select("INBOX")
        self.client.delete("Box")
        self.client.create("Box")
        box = self.folder(mailbox, "Box")
        # The second look finds what the first one did not.
        with self.meanwhile("select", lambda: self.deliver("Back", folder="Box"), lambda _session, path: path == "Box"):
            mailbox.fetch_mail()
        self.assertEqual(box.message_count, 60)
        mailbox.fetch_mail()
        [shown] = self.messages(mailbox).filtered(lambda message: message.folder_id == box)
        self.assertEqual(shown.subject, "Back")
        self.assertEqual(box.message_count, 1)

    def test_a_message_over_the_limit_comes_as_header_and_is_loaded_on_demand(self):
        self.env.company.comm_import_limit = 1
        raw = self.with_attachment("Large", b"x" * 1_500_000)
        self.lab.deliver(self.account.address, raw)
        self.deliver("Small")
        mailbox = self.make_synced()
        large = self.message(mailbox, "Large")
        self.assertTrue(large.is_partial)
        self.assertFalse(large.attachment_ids or large.body_text or large.defect)
        self.assertFalse(self.message(mailbox, "Small").is_partial)
        large.with_user(self.anna).load_from_server()
        self.assertFalse(large.is_partial)
        self.assertEqual(large.attachment_ids.raw, b"x" * 1_500_000)
        self.assertEqual(mailbox.fetch_mail(), 0)

    def test_what_is_loaded_on_demand_and_gone_is_told_and_vanishes(self):
        self.env.company.comm_import_limit = 1
        for name in ("Gone", "There"):
            self.lab.deliver(self.account.address, self.with_attachment(name, b"x" * 1_500_000))
        mailbox = self.make_synced()
        gone, there = (self.message(mailbox, name).with_user(self.anna) for name in ("Gone", "There"))
        self.expunge("INBOX", "Gone")
        told = self.failure_of((gone | there).load_from_server)
        self.assertIn("is not in its folder on the server any more", told)
        self.assertEqual((mailbox.state, mailbox.last_error), ("ok", False))
        self.assertEqual(set(mailbox.event_ids.mapped("level")), {"info"})
        self.assertFalse(gone.active or gone.uid or there.is_partial)
        self.assertIn("is not in its folder", self.failure_of(gone.load_from_server))
        self.assertEqual(mailbox.state, "ok")

    def test_a_message_at_which_the_connection_breaks_each_time_comes_as_header_and_the_rest_whole(self):
        self.deliver("Before")
        self.lab.deliver(self.account.address, self.with_attachment("Breaking", b"x" * 300_000))
        self.deliver("After")
        with self.lab.proxy("imap") as proxy:
            mailbox = self.make_lab_mailbox(port=proxy.port, security="none")
            proxy.cut_after(100_000, each=True)
            self.failure_of(mailbox.fetch_mail)
            mailbox.fetch_mail()
            breaking = self.message(mailbox, "Breaking")
            self.assertTrue(breaking.is_partial)
            self.assertEqual(len(self.messages(mailbox)), 3)
            self.assertIn("Load from server", str(mailbox.event_ids.mapped("text")))
            proxy.reset()
            breaking.load_from_server()
        self.assertEqual(breaking.attachment_ids.raw, b"x" * 300_000)
