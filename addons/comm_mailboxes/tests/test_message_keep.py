from functools import partial
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import comm_message_keep
from ..protocol.errors import ConnectionLost
from ..protocol.imap import ImapSession
from .common import SyncCase


class KeepCase(SyncCase):
    """Anna has mail on a server, and a folder made by hand, the drawer."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        self.raw = self.deliver("Offer", body="Gesamtpreis: 9.400 €")
        self.lab.deliver(self.account.address, self.with_attachment("Plan"))
        self.mailbox = self.make_synced()
        self.drawer = self.make_drawer()
        self.offer = self.message(self.mailbox, "Offer").with_user(self.anna)

    def make_drawer(self, user=None, name="Drawer"):
        user = self.anna if user is None else user
        return self.env["comm.folder"].create({"name": name, "is_local": True, "user_id": user and user.id})

    def inbox(self):
        return self.mailbox.folder_ids.filtered(lambda folder: folder.role == "inbox").with_env(self.env)

    def trash(self):
        return self.mailbox._folder_with_role("trash").with_env(self.env)

    def shown(self, folder):
        return self.env["comm.message"].search([("folder_id", "=", folder.id)])

    def sync(self):
        self.mailbox.with_user(self.anna).fetch_mail()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestMessageKeep(KeepCase):
    """Mail moved into a folder made by hand is kept with its original before the server's copy goes to the trash."""

    def test_the_original_is_kept_then_the_copy_goes_to_the_trash(self):
        self.offer.partner_id = self.env["res.partner"].create({"name": "Sender"})
        self.offer.move_to(self.drawer)
        self.assertRecordValues(
            self.offer.sudo(),
            [{"folder_id": self.drawer.id, "mailbox_id": False, "server_folder_id": False, "uid": False}],
        )
        # As the server delivered it: with the lines that the way here added.
        self.assertTrue(self.offer.sudo()._source().endswith(self.raw))
        self.assertEqual(self.shown(self.trash()).mapped("subject"), ["Offer"])
        self.assertNotIn("Offer", self.shown(self.inbox()).mapped("subject"))
        self.assertIn("Offer", self.subjects("INBOX"), "the server learns of it later")
        self.sync()
        self.assertEqual(self.subjects("INBOX"), ["Plan"])
        self.assertEqual(self.subjects(self.trash().path), ["Offer"])
        self.assertEqual(self.shown(self.trash()).mapped("subject"), ["Offer"])
        self.assertEqual(self.shown(self.drawer), self.offer.sudo())
        self.assertEqual(self.offer.partner_id.name, "Sender")
        self.assertEqual((self.drawer.message_count, self.trash().message_count), (1, 1))

    def test_what_the_server_has_arrived_when_it_did(self):
        arrived = self.offer.sudo().internal_date
        self.assertNotEqual(arrived, self.offer.date)
        self.offer.copy_to(self.drawer)
        self.assertEqual(self.shown(self.drawer).internal_date, arrived)
        self.offer.move_to(self.drawer)
        self.assertEqual(self.shown(self.trash()).internal_date, arrived)

    def test_attachments_stay_with_it(self):
        plan = self.message(self.mailbox, "Plan").with_user(self.anna)
        plan.move_to(self.drawer)
        documents = plan.attachment_ids.filtered(lambda file: not file.comm_is_source)
        self.assertEqual([(file.name, file.raw) for file in documents], [("file.bin", b"Content")])
        self.sync()
        self.assertEqual(self.shown(self.trash()).attachment_ids.mapped("name"), ["file.bin"])

    def test_back_before_the_server_knew(self):
        self.offer.move_to(self.drawer)
        self.offer.move_to(self.inbox())
        self.assertFalse(self.shown(self.trash()))
        self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.assertEqual(self.subjects(self.trash().path), [])
        self.assertEqual(self.message(self.mailbox, "Offer").id, self.offer.id)

    def test_back_while_the_server_is_moving_its_copy_to_the_trash(self):
        self.offer.move_to(self.drawer)
        with self.meanwhile("move", lambda: self.offer.move_to(self.inbox())):
            self.sync()
        for _visit in range(2):
            self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.assertEqual(self.subjects(self.trash().path), [])
        self.assertEqual(self.message(self.mailbox, "Offer").id, self.offer.id)
        self.assertEqual(self.offer.folder_id, self.inbox())

    def test_kept_while_the_server_is_moving_it(self):
        self.client.create("Work")
        self.mailbox.refresh_folders()
        self.offer.move_to(self.drawer)
        self.sync()
        # Its original stays, so that nothing has to be fetched the next time.
        self.offer.move_to(self.inbox())
        self.sync()
        self.offer.move_to(self.folder(self.mailbox, "Work"))
        with self.meanwhile("move", lambda: self.offer.move_to(self.drawer)):
            self.sync()
        self.assertFalse(self.offer.sudo().server_folder_id)
        for _visit in range(2):
            self.sync()
        self.assertEqual(self.shown(self.drawer), self.offer.sudo())
        self.assertFalse(self.offer.sudo().server_folder_id)
        self.assertEqual(self.subjects(self.trash().path), ["Offer"])
        self.assertEqual((self.subjects("INBOX"), self.subjects("Work")), (["Plan"], []))

    def test_out_of_the_trash_and_kept_before_the_server_knew(self):
        self.offer.delete()
        self.sync()
        self.offer.move_to(self.inbox())
        self.offer.move_to(self.drawer)
        self.sync()
        self.assertEqual(self.shown(self.drawer), self.offer.sudo())
        self.assertEqual(self.shown(self.trash()).mapped("subject"), ["Offer"])
        self.assertEqual((self.subjects("INBOX"), self.subjects(self.trash().path)), (["Plan"], ["Offer"]))
        self.assertFalse(self.operations(self.mailbox))

    def test_back_while_somebody_emptied_the_trash_there(self):
        self.offer.move_to(self.drawer)
        self.sync()
        self.expunge(self.trash().path, "Offer")
        self.offer.move_to(self.inbox())
        self.sync()
        self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.assertEqual(self.message(self.mailbox, "Offer").id, self.offer.id)
        self.assertEqual(self.operations(self.mailbox).mapped("kind"), [])

    def test_what_came_back_is_found_in_its_mailbox(self):
        index = self.env["comm.message.search"].sudo()
        self.offer.move_to(self.drawer)
        index._index_batch()
        self.offer.move_to(self.inbox())
        index._index_batch()
        self.env.flush_all()
        condition = index._condition("offer", self.mailbox.ids)
        found = self.env.execute_query(SQL("SELECT message.id FROM comm_message AS message WHERE %s", condition))
        self.assertEqual(found, [(self.offer.id,)])

    def test_back_after_the_server_knew(self):
        self.offer.move_to(self.drawer)
        self.sync()
        self.offer.move_to(self.inbox())
        self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.assertEqual(self.subjects(self.trash().path), [])
        self.assertEqual(self.message(self.mailbox, "Offer").id, self.offer.id)
        self.assertFalse(self.shown(self.drawer))

    def test_back_when_the_trash_was_emptied(self):
        self.offer.move_to(self.drawer)
        self.sync()
        self.expunge(self.trash().path, "Offer")
        self.sync()
        self.offer.move_to(self.inbox())
        self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        [stored] = self.client.fetch(self.number("INBOX", "Offer"), "(BODY.PEEK[])")[1][:1]
        self.assertEqual(stored[1], self.offer.sudo()._source())
        self.assertEqual(self.message(self.mailbox, "Offer").id, self.offer.id)

    def test_back_where_another_mail_bears_the_same_message_id(self):
        """A list and the sender directly brought it, each with a footer or a line of its own."""
        for folder, body in (("Archive", "By the list"), ("INBOX", "Directly")):
            self.append(folder, body, subject=f"Re: {folder}")
        self.mailbox.fetch_mail()
        by_list, directly = (self.message(self.mailbox, f"Re: {folder}") for folder in ("Archive", "INBOX"))
        directly.partner_id = self.env["res.partner"].create({"name": "Sender"})
        by_list.with_user(self.anna).move_to(self.drawer)
        self.sync()
        self.expunge(self.trash().path, "Re: Archive")
        self.sync()
        by_list.with_user(self.anna).move_to(self.inbox())
        self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan", "Re: Archive", "Re: INBOX"])
        self.assertEqual(self.words(by_list, directly), [("INBOX", "By the list"), ("INBOX", "Directly")])
        self.assertEqual(directly.partner_id.name, "Sender")
        self.mailbox.repair()
        self.assertEqual(self.words(by_list, directly), [("INBOX", "By the list"), ("INBOX", "Directly")])
        self.assertEqual(len(self.messages(self.mailbox)), 4)

    def test_back_when_the_connection_broke_meanwhile(self):
        """What was stored is not stored again, and another mail that came then is not taken for it."""

        def cut(*_args, **_options):
            raise ConnectionLost

        before_it = partial(patch.object, ImapSession, "append", cut)
        after_it = partial(self.meanwhile, "append", cut)
        for subject, broken in (("Before", before_it), ("After", after_it)):
            with self.subTest(subject):
                self.append("Archive", "By the list", subject=subject)
                self.mailbox.fetch_mail()
                by_list = self.message(self.mailbox, subject)
                by_list.with_user(self.anna).move_to(self.drawer)
                self.sync()
                self.expunge(self.trash().path, subject)
                self.sync()
                by_list.with_user(self.anna).move_to(self.inbox())
                with broken():
                    self.failure_of(self.mailbox._push_now)
                self.append("INBOX", "Directly", subject=f"{subject}, too")
                self.sync()
                self.assertEqual(self.subjects("INBOX").count(subject), 1)
                directly = self.message(self.mailbox, f"{subject}, too")
                self.assertEqual(self.words(by_list, directly), [("INBOX", "By the list"), ("INBOX", "Directly")])

    def test_back_after_another_of_the_same_header_and_size_was_deleted(self):
        """The copy that comes out of the trash is the one that was put there."""
        for first in ("kept", "deleted"):
            with self.subTest(first):
                for body in ("AAA", "BBB"):
                    self.append("INBOX", body, subject=f"Reading {first}")
                self.mailbox.fetch_mail()
                kept, deleted = (
                    self.messages(self.mailbox)
                    .filtered(lambda message, first=first: message.subject == f"Reading {first}")
                    .sorted("uid")
                    .with_user(self.anna)
                )
                self.assertEqual(kept.identity, deleted.identity)
                steps = [lambda kept=kept: kept.move_to(self.drawer), lambda deleted=deleted: deleted.delete()]
                for step in steps if first == "kept" else reversed(steps):
                    step()
                    self.sync()
                kept.move_to(self.inbox())
                self.sync()
                trash = self.trash().path
                self.assertEqual(self.words(kept, deleted), [("INBOX", "AAA"), (trash, "BBB")])
                for path, body in (("INBOX", b"AAA"), (trash, b"BBB")):
                    number = self.number(path, f"Reading {first}")
                    self.assertEqual(self.client.fetch(number, "(BODY.PEEK[TEXT])")[1][0][1].strip(), body)

    def append(self, folder, body, subject):
        raw = (
            f"From: list@example.com\r\nSubject: {subject}\r\nMessage-ID: <twice@example.com>\r\n"
            f"Date: Mon, 02 Nov 2026 10:00:00 +0100\r\n\r\n{body}\r\n"
        )
        self.assertEqual(self.client.append(folder, None, None, raw.encode())[0], "OK")

    def words(self, *messages):
        """Return what the messages say, and where."""
        return [(message.sudo().folder_id.path, (message.sudo().body_text or "").strip()) for message in messages]

    def test_marks_that_wait_go_with_the_copy(self):
        self.offer.is_flagged = True
        self.offer.move_to(self.drawer)
        self.sync()
        self.assertTrue(self.offer.is_flagged)
        self.assertIn(r"\Flagged", self.flags(self.trash().path, "Offer"))

    def test_a_copy_leaves_the_mail_where_it_is(self):
        self.offer.copy_to(self.drawer)
        copy = self.shown(self.drawer)
        self.assertRecordValues(copy, [{"subject": "Offer", "mailbox_id": False, "server_folder_id": False}])
        self.assertTrue(copy._source().endswith(self.raw))
        self.sync()
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.assertFalse(self.shown(self.trash()))

    def unchanged(self):
        self.env.invalidate_all()
        self.assertRecordValues(
            self.offer.sudo(), [{"folder_id": self.inbox().id, "mailbox_id": self.mailbox.id, "active": True}]
        )
        self.assertTrue(self.offer.sudo().uid)
        self.assertFalse(self.shown(self.drawer))
        self.assertFalse(self.operations(self.mailbox))

    def test_without_the_server_nothing_changes(self):
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            proxy.cut_after(600)
            with self.assertRaises(UserError):
                self.offer.move_to(self.drawer)
        self.unchanged()
        self.directly(self.mailbox)
        self.offer.move_to(self.drawer)
        self.assertEqual(self.shown(self.drawer), self.offer.sudo())

    def test_what_is_gone_from_the_server_stays_as_it_is(self):
        self.expunge("INBOX", "Offer")
        with self.assertRaisesRegex(UserError, "not in its folder"):
            self.offer.move_to(self.drawer)
        self.unchanged()

    def test_nothing_is_taken_for_what_it_is_not(self):
        self.offer.sudo().identity = "0" * 40
        with self.assertRaisesRegex(UserError, "not in its folder"):
            self.offer.move_to(self.drawer)
        self.unchanged()

    def test_too_much_at_once_is_refused_before_anything_is_fetched(self):
        for limit in ("MAX_MESSAGES", "MAX_BYTES"):
            with self.subTest(limit), patch.object(comm_message_keep, limit, 0):
                with self.assertRaisesRegex(UserError, "too much at once"):
                    self.offer.move_to(self.drawer)
                self.unchanged()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_folders_of_others_and_those_where_one_may_only_read_take_none(self):
        with self.assertRaises(AccessError):
            self.offer.move_to(self.make_drawer(self.ben))
        shared = self.make_drawer(False, "Everybody")
        with self.assertRaises(UserError):
            self.offer.move_to(shared)
        self.unchanged()

    def test_readers_of_a_shared_mailbox_keep_nothing(self):
        shared = self.make_shared({self.anna: "read"}, name="Info")
        mail = self.make_message(shared).with_user(self.anna)
        with self.assertRaises(AccessError):
            mail.move_to(self.drawer)

    def test_between_folders_made_by_hand_no_server_is_asked(self):
        self.offer.move_to(self.drawer)
        other = self.make_drawer(name="Other")
        self.mailbox.port = 1
        self.offer.move_to(other)
        self.assertEqual(self.offer.folder_id, other)
