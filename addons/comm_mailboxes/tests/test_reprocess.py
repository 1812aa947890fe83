import random
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.protocol import mime
from odoo.addons.comm_mailboxes.protocol import mime_defects as defects
from odoo.addons.comm_mailboxes.protocol.imap import FetchedMessage
from odoo.addons.comm_mailboxes.sync import store

from .common import CommCase, SyncCase
from .mime_corpus import MAILS

CORPUS = {mail.name: mail.raw for mail in MAILS}
READABLE = CORPUS["attachments"]
DAMAGED = CORPUS["no end boundary"]
HTML = b"Message-ID: <html@example.com>\r\nSubject: HTML\r\nContent-Type: text/html\r\n\r\n<p>Hello"
LEFT_OUT = "The program of that day could not read it."


class ReprocessCase(CommCase):
    def keep(self, raw, mailbox=None, *, as_source=False, uid=0, flags=()):
        """Store a mail as the engine does; ``as_source``: as one that could not be read when it came."""
        mailbox = mailbox or self.mailbox
        folder = mailbox.sudo().folder_ids[:1] or self.env["comm.folder"].create(
            {"mailbox_id": mailbox.id, "name": "INBOX", "path": "INBOX", "role": "inbox"}
        )
        prepared = store.prepare(FetchedMessage(uid, frozenset(flags), datetime(2026, 1, 2, 3, 4, 5), len(raw), raw))
        store.save(folder, [prepared.as_raw(LEFT_OUT) if as_source else prepared])
        return self.env["comm.message"].search([("folder_id", "=", folder.id)], order="id desc", limit=1)

    def make_old(self, messages):
        """As if an older version of our software had read them."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_message SET reader_version = NULL WHERE id = ANY(%s)", [messages.ids])
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestReprocess(ReprocessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls.env["comm.mailbox"].with_user(cls.anna).create({"name": "Office"}).with_env(cls.env)

    def test_a_message_id_that_no_index_takes_keeps_nothing_else_away(self):
        endless = random.Random(1).randbytes(5000).hex().encode()
        message = self.keep(b"Message-ID: <" + endless + b"@x>\r\nReferences: <a@x> <" + endless + b">\r\n" + READABLE)
        self.assertEqual((message.message_id, message.references), ("", "<a@x>"))
        self.assertTrue(message.subject)

    @mute_logger("odoo.addons.comm_mailboxes.sync.store")
    def test_an_error_while_a_text_is_made_harmless_keeps_the_source_and_its_reason(self):
        for uid, error in enumerate((MemoryError, RecursionError, ValueError), 7):
            with self.subTest(error), patch.object(store, "clean_html", side_effect=error):
                message = self.keep(HTML, uid=uid, flags=[r"\Seen"])
                self.assertEqual(message.defect, f"{defects.UNREADABLE}\n{error.__name__}")
                self.assertEqual(message.attachment_ids.filtered("comm_is_source").raw, HTML)
                self.assertTrue(message.is_seen and message.identity and message.date)
                message.reprocess()
                self.assertTrue(message.defect and message.date, "the same error once more")
            self.assertFalse(message.reprocess())
            self.assertEqual((message.defect, message.subject), (False, "HTML"))

    def test_what_can_be_read_now_is_as_if_it_had_come_today(self):
        partner = self.env["res.partner"].create({"name": "Jürgen", "email": "juergen@example.com"})
        today = self.keep(READABLE)
        message = self.keep(READABLE, as_source=True, uid=7, flags=[r"\Seen", "$Label"])
        # By it, it is found when another program moves it.
        self.assertEqual((message.defect, message.subject, message.identity), (LEFT_OUT, False, today.identity))
        self.assertEqual(message.attachment_ids.mapped("name"), ["source.eml"])
        self.assertFalse(message.with_user(self.anna).reprocess())
        for name in ("subject", "email_from", "email_to", "date", "body_text", "body_html", "snippet", "identity"):
            self.assertEqual(message[name], today[name], name)
        self.assertEqual(message.partner_id, partner)
        self.assertEqual(
            [(file.name, file.raw) for file in message.attachment_ids.sorted("id")],
            [(file.name, file.raw) for file in today.attachment_ids.sorted("id")],
        )
        self.assertFalse(message.defect or message.reader_version)
        self.assertEqual((message.uid, message.is_seen, message.keywords), (7, True, "$Label"))
        self.assertTrue(message.has_attachment)

    def test_what_cannot_be_read_yet_stays_with_its_source(self):
        message = self.keep(DAMAGED)
        files = message.attachment_ids
        identity = message.identity
        self.make_old(message)
        self.assertEqual(message.with_user(self.anna).reprocess(), message)
        self.assertEqual(message.defect, defects.NO_END)
        self.assertEqual(message.reader_version, mime.READER_VERSION)
        self.assertEqual(message.attachment_ids, files)
        self.assertEqual(message.attachment_ids.filtered("comm_is_source").raw, DAMAGED)
        self.assertEqual(message.identity, identity)

    def test_attachments_that_are_the_same_keep_their_record_and_what_users_made_of_them(self):
        message = self.keep(DAMAGED)
        file = message.attachment_ids.filtered(lambda file: file.name == "a.pdf")
        file.with_user(self.anna).write({"name": "Offer.pdf", "description": "The signed one"})
        stale = self.env["ir.attachment"].create(
            {"name": "misread.bin", "raw": b"?", "res_model": "comm.message", "res_id": message.id}
        )
        added = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create({"name": "note.txt", "raw": b"mine", "res_model": "comm.message", "res_id": message.id})
        )
        message.sudo().date = datetime(2020, 1, 1)
        for _time in range(2):
            message.reprocess()
        self.assertEqual((file.name, file.description), ("Offer.pdf", "The signed one"))
        self.assertEqual(file.comm_date, message.date)
        self.assertFalse(stale.exists())
        self.assertTrue(added.exists())

    def test_a_date_that_can_be_read_now_dates_the_documents_too(self):
        message = self.keep(CORPUS["winmail.dat with a flipped bit"])
        self.env.cr.execute("UPDATE comm_message SET date = '2020-01-01' WHERE id = %s", [message.id])
        self.env.invalidate_all()
        file = message.attachment_ids[:1]
        message.reprocess()
        self.assertEqual(message.date, datetime(2025, 11, 24, 9))
        self.assertEqual(file.comm_date, message.date)

    def test_only_who_may_change_the_mail_reads_it_again(self):
        shared = self.make_shared({self.anna: "write", self.ben: "read"})
        message = self.keep(READABLE, shared, as_source=True)
        for user in (self.ben, self.admin, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                message.with_user(user).reprocess()
        self.assertTrue(message.defect)
        message.with_user(self.anna).reprocess()
        self.assertFalse(message.defect)

    def test_the_button_tells_how_it_went(self):
        messages = self.keep(READABLE, as_source=True) | self.keep(DAMAGED)
        told = messages.with_user(self.anna).action_reprocess()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn("Read without defects now: 1.", told["message"])
        self.assertIn("Still with defects: 1.", told["message"])
        told = messages[0].with_user(self.anna).action_reprocess()["params"]
        self.assertEqual(told["message"], "None of these messages has a defect.")

    def test_the_action_of_the_menu(self):
        message = self.keep(READABLE, as_source=True)
        action = self.env.ref("comm_mailboxes.action_reprocess_messages")
        context = {"active_model": "comm.message", "active_ids": message.ids}
        action.with_user(self.anna).with_context(**context).run()
        self.assertFalse(message.defect)

    def test_the_scheduled_action_reads_each_message_once_after_an_update(self):
        readable = self.env["comm.message"].union(*(self.keep(READABLE, as_source=True) for _number in range(45)))
        damaged = self.keep(DAMAGED)
        current = self.keep(READABLE, as_source=True)
        self.make_old(readable | damaged)
        self.run_cron()
        self.assertEqual(set(readable.mapped("defect")), {False})
        self.assertEqual((damaged.defect, damaged.reader_version), (defects.NO_END, mime.READER_VERSION))
        self.assertEqual(current.defect, LEFT_OUT, "read by this version already")
        damaged.attachment_ids.filtered("comm_is_source").raw = READABLE
        self.run_cron()
        self.assertTrue(damaged.defect, "once")

    def test_a_message_that_the_database_refuses_does_not_hold_up_the_others(self):
        messages = self.keep(READABLE, as_source=True) | self.keep(READABLE, as_source=True)
        self.make_old(messages)
        self.env.cr.execute(
            "ALTER TABLE comm_message ADD CONSTRAINT test_refused CHECK (id != %s OR subject IS NULL)", [messages[0].id]
        )
        with self.assertLogs("odoo.addons.comm_mailboxes.sync.reread", "WARNING"), mute_logger("odoo.sql_db"):
            self.run_cron()
        self.assertEqual(messages.mapped("defect"), [LEFT_OUT, False])
        self.assertEqual(messages[0].attachment_ids.mapped("name"), ["source.eml"])

    def run_cron(self):
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()
        self.env.ref("comm_mailboxes.ir_cron_reprocess").method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestSource(ReprocessCase, SyncCase):
    """Which messages have their source here, and what is done about the others."""

    def test_a_signed_mail_is_kept_byte_for_byte(self):
        self.lab.deliver(self.account.address, CORPUS["signed alternatives"])
        message = self.messages(self.make_synced())
        self.assertFalse(message.defect)
        source = message.attachment_ids.filtered("comm_is_source")
        self.client.select("INBOX")
        self.assertEqual(source.raw, self.client.fetch("1", "(BODY.PEEK[])")[1][0][1])
        self.assertEqual(sorted((message.attachment_ids - source).mapped("name")), ["smime.p7s"])

    def test_a_usual_mail_has_no_source(self):
        self.deliver("Usual")
        message = self.messages(self.make_synced())
        self.assertFalse(message.attachment_ids or message.has_attachment)

    def test_a_message_whose_source_is_not_here_is_fetched_when_it_is_read_again(self):
        mailbox, message = self.refused()
        self.assertFalse(message.with_user(self.anna).reprocess())
        self.assert_complete(message)

    def test_the_next_visits_ask_again_for_what_the_server_did_not_hand_out(self):
        mailbox, message = self.refused()
        mailbox.fetch_mail()
        self.assertTrue(message.defect, "not at every visit")
        self.age(message)
        mailbox.fetch_mail()
        self.assert_complete(message)

    def test_a_message_that_is_refused_again_waits_again(self):
        with self.lab.proxy("imap") as proxy:
            mailbox, message = self.refused(port=proxy.port, security="none")
            self.age(message)
            proxy.deny("UID FETCH", text="still damaged", times=1)
            mailbox.fetch_mail()
            self.assertEqual(message.defect, f"{defects.NOT_HANDED_OUT}\nstill damaged")
            self.assertGreater(message.write_date, datetime.now() - timedelta(hours=1))
            self.assertIn("asked again once a day", message.defect_text)

    def test_what_the_server_says_of_a_message_is_kept_without_secrets(self):
        """Some servers echo the commands that were sent before."""
        with self.lab.proxy("imap") as proxy:
            mailbox, message = self.refused(port=proxy.port, security="none")
            self.age(message)
            proxy.deny("UID FETCH", text=f"after LOGIN x {self.account.password} it is damaged", times=1)
            mailbox.fetch_mail()
        self.assertIn("it is damaged", message.defect)
        self.assertNotIn(self.account.password, message.defect)

    def test_a_server_that_hangs_up_when_it_is_asked_again_keeps_nothing_else_away(self):
        with self.lab.proxy("imap") as proxy:
            mailbox, message = self.refused(port=proxy.port, security="none")
            self.age(message)
            self.deliver("Today")
            proxy.hang_up_at(rb"FETCH \(UID %d .*BODY\[\]" % message.uid)
            mailbox.fetch_mail()
            self.assertEqual(mailbox.state, "ok")
            self.assertTrue(self.message(mailbox, "Today"))
            self.assertTrue(message.defect)
            proxy.clear_counts()
            mailbox.fetch_mail()
            self.assertEqual(proxy.connections, 1)
            self.assertNotIn("UID FETCH", proxy.commands, "it waits a day again")
            proxy.reset()
            self.age(message)
            mailbox.fetch_mail()
        self.assert_complete(message)

    def test_under_a_uid_that_may_be_another_mails_none_is_asked_for(self):
        with self.lab.proxy("imap") as proxy:
            mailbox, message = self.refused(port=proxy.port, security="none")
            self.age(message)
            message.server_folder_id.is_to_compare = True
            proxy.deny("UID FETCH", text="no list of what is there", times=1)
            self.failure_of(mailbox.fetch_mail)
            self.assertTrue(message.server_folder_id.is_to_compare)
            self.assertTrue(message.defect)
            mailbox.fetch_mail()
        self.assert_complete(message)

    def test_the_source_of_a_copy_is_a_source(self):
        message = self.keep(DAMAGED, self.make_lab_mailbox())
        store.duplicate(message.folder_id, [(message, FetchedMessage(9, frozenset(), None, message.size, b""))])
        copy = self.env["comm.message"].search([("folder_id", "=", message.folder_id.id), ("uid", "=", 9)])
        self.assertEqual(copy.attachment_ids.filtered("comm_is_source").raw, DAMAGED)
        self.assertEqual(copy.reader_version, message.reader_version)

    def refused(self, **vals):
        """Return a mailbox and a message that is on the server, but was not handed out when it came."""
        self.lab.deliver(self.account.address, READABLE)
        mailbox = self.make_synced(**vals)
        message = self.messages(mailbox)
        uid = message.uid
        failed = store.prepare(FetchedMessage(uid, frozenset(), None, message.size, b"", "damaged"))
        message.unlink()
        store.save(self.folder(mailbox, "INBOX"), [failed])
        message = self.messages(mailbox)
        self.assertEqual(message.defect, f"{defects.NOT_HANDED_OUT}\ndamaged")
        return mailbox, message

    def age(self, message):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE comm_message SET write_date = write_date - interval '2 days' WHERE id = %s", [message.id]
        )
        self.env.invalidate_all()

    def assert_complete(self, message):
        self.assertFalse(message.defect)
        self.assertEqual(message.subject, "attachments")
        self.assertEqual(len(message.attachment_ids), 4)
        self.assertTrue(message.identity)
