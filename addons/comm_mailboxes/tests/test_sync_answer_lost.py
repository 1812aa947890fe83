import time
from contextlib import suppress
from imaplib import Time2Internaldate

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SyncCase
from .outbox import OutboxCase
from .test_message_keep import KeepCase

EVENTS = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"
COPIED = rb"OK \[(HIGHESTMODSEQ \d+\] |)COPYUID|OK \[COPYUID"


class AnswerLost:
    """The server did what it was asked for, and the connection breaks before its answer. Whatever is seen first of it then, a
    visit that tells changes or one that only looks, it is done once.
    """

    # What comes between the break and the next ordinary visits.
    BETWEEN = ("nothing", "repair")

    def lose(self, mailbox, pattern):
        """Fetch, and lose the line of the server that matches, and all behind it."""
        self.proxy.hang_up_at(pattern)
        with suppress(UserError):
            mailbox.fetch_mail()
        self.proxy.reset()
        self.env.invalidate_all()

    def go_on(self, mailbox, between):
        if between == "repair":
            mailbox.repair()
        for _visit in range(3):
            mailbox.fetch_mail()
        self.env.invalidate_all()
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(mailbox.state, "ok")

    def renew(self, path):
        """Give a folder another UIDVALIDITY, with all that is in it."""
        self.client.create("Aside")
        self.client.select(path)
        self.client.uid("MOVE", "1:*", "Aside")
        self.client.select("INBOX")
        self.client.delete(path)
        self.client.rename("Aside", path)

    def check_counts(self, mailbox):
        for folder in mailbox.folder_ids:
            shown = self.env["comm.message"].search_count([("folder_id", "=", folder.id)])
            self.assertEqual(folder.message_count, shown, folder.path)

    def shown_in(self, folder):
        return self.env["comm.message"].search([("folder_id", "=", folder.id)])


class MailAnswerLost(AnswerLost, SyncCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(EVENTS))
        self.proxy = self.enterContext(self.lab.proxy("imap"))

    def start(self, *hidden):
        """Return a mailbox on a new account, with one mail, whose server is without these capabilities."""
        self.account = self.lab.account()
        self.client = self.lab.imap(self.account)
        self.client.create("Box")
        self.deliver("Mail")
        self.deliver("Other")
        self.proxy.reset()
        self.hidden = hidden
        self.proxy.hide("LITERAL+", *hidden)
        mailbox = self.make_synced(port=self.proxy.port, security="none")
        return mailbox, self.message(mailbox, "Mail").with_user(self.anna)

    # pylint: disable-next=missing-return
    def lose(self, mailbox, pattern):
        super().lose(mailbox, pattern)
        self.proxy.hide("LITERAL+", *self.hidden)


@tagged("post_install", "-at_install")
class TestSyncAnswerLost(MailAnswerLost):
    def test_copies(self):
        for between in self.BETWEEN:
            for fetch_mode in ("this", "no"):
                with self.subTest(between=between, fetch_mode=fetch_mode):
                    mailbox, message = self.start()
                    box = self.folder(mailbox, "Box")
                    mailbox.folder_ids.fetch_mode = "no"
                    box.fetch_mode = fetch_mode
                    message.copy_to(box)
                    self.lose(mailbox, COPIED)
                    self.assertTrue(self.operations(mailbox).begun_in_id)
                    self.assertEqual(self.subjects("Box"), ["Mail"])
                    self.go_on(mailbox, between)
                    self.assertEqual(self.subjects("Box"), ["Mail"])
                    self.assertEqual(self.shown_in(box).mapped("subject"), ["Mail"])
                    self.assertEqual(message.folder_id.path, "INBOX")
                    self.check_counts(mailbox)

    def nameless(self, text):
        """Put a mail without Message-ID, date and route into the inbox, a minute ago."""
        raw = f"From: sender@example.com\r\nSubject: Nameless\r\n\r\n{text}\r\n".encode()
        self.client.append("INBOX", None, Time2Internaldate(self.arrived), raw)

    def test_mail_that_nothing_names(self):
        self.arrived = time.time() - 60
        for hidden, pattern in (((), COPIED), (("UIDPLUS",), rb"OK .*Copy completed")):
            for change in ("copy", "move"):
                for between in self.BETWEEN:
                    with self.subTest(hidden=hidden, change=change, between=between):
                        mailbox, _message = self.start("MOVE", *hidden)
                        self.nameless("Thin")
                        self.nameless("Mine")
                        mailbox.fetch_mail()
                        nameless = self.messages(mailbox).filtered(lambda one: one.subject == "Nameless")
                        message = nameless.filtered(lambda one: "Mine" in one.body_text).with_user(self.anna)
                        self.assertFalse(message.sudo().identity)
                        box = self.folder(mailbox, "Box")
                        message.copy_to(box) if change == "copy" else message.move_to(box)
                        self.lose(mailbox, pattern)
                        self.go_on(mailbox, between)
                        self.assertEqual(self.subjects("Box"), ["Nameless"])
                        self.assertIn("Mine", self.shown_in(box).body_text)
                        self.assertEqual(self.subjects("INBOX").count("Nameless"), 2 if change == "copy" else 1)
                        self.assertEqual(message.folder_id == box, change == "move")
                        self.check_counts(mailbox)

    def test_another_mail_that_nothing_names_is_not_taken_for_it(self):
        self.arrived = time.time() - 60
        mailbox, _message = self.start()
        self.nameless("Mine")
        mailbox.fetch_mail()
        self.proxy.deny("UID COPY")
        self.message(mailbox, "Nameless").with_user(self.anna).copy_to(self.folder(mailbox, "Box"))
        self.lose(mailbox, rb"OK NOOP")
        self.nameless("Thin")
        self.client.select("INBOX")
        self.client._simple_command("MOVE", "4", "Box")
        self.go_on(mailbox, "nothing")
        here = self.shown_in(self.folder(mailbox, "Box")).mapped("body_text")
        self.assertEqual(sorted(text.strip() for text in here), ["Mine", "Thin"])
        self.assertEqual(len(self.subjects("Box")), 2)

    def test_a_copy_that_another_program_made_meanwhile_is_taken_for_it(self):
        mailbox, message = self.start()
        box = self.folder(mailbox, "Box")
        self.proxy.deny("UID COPY")
        message.copy_to(box)
        self.lose(mailbox, rb"OK NOOP")
        self.client.select("INBOX")
        self.client.copy("1", "Box")
        self.go_on(mailbox, "repair")
        self.assertEqual(self.subjects("Box"), ["Mail"])
        self.assertEqual(self.shown_in(box).mapped("subject"), ["Mail"])

    def test_moves_without_move(self):
        for hidden in (["MOVE"], ["MOVE", "UIDPLUS"]):
            for command, pattern in {
                "UID COPY": COPIED if len(hidden) == 1 else rb"OK .*Copy completed",
                "UID STORE": rb"OK NOOP",
                "UID EXPUNGE": rb"OK NOOP",
            }.items():
                if command == "UID EXPUNGE" and "UIDPLUS" in hidden:
                    continue
                for between in self.BETWEEN:
                    with self.subTest(hidden=hidden, command=command, between=between):
                        mailbox, message = self.start(*hidden)
                        message.is_flagged = True
                        mailbox.fetch_mail()
                        if command != "UID COPY":
                            self.proxy.deny(command)
                        message.move_to(self.folder(mailbox, "Box"))
                        self.lose(mailbox, pattern)
                        self.assertEqual(self.subjects("Box"), ["Mail"])
                        self.go_on(mailbox, between)
                        self.assertEqual(self.subjects("Box"), ["Mail"])
                        self.assertEqual(self.subjects("INBOX"), ["Other"])
                        self.assertEqual(self.shown_in(self.folder(mailbox, "Box")), message.sudo())
                        self.assertEqual(self.shown_in(self.folder(mailbox, "INBOX")).mapped("subject"), ["Other"])
                        self.assertTrue(message.is_flagged and message.uid)
                        self.check_counts(mailbox)

    def test_of_two_equal_mails_the_one_that_was_moved_goes(self):
        for number in (0, 1):
            with self.subTest(number):
                mailbox, _message = self.start()
                raw = self.with_attachment("Equal")
                for _mail in range(2):
                    self.client.append("INBOX", None, None, raw)
                mailbox.fetch_mail()
                equal = self.messages(mailbox).filtered(lambda one: one.subject == "Equal").sorted("id")
                equal[number].with_user(self.anna).move_to(self.folder(mailbox, "Box"))
                self.lose(mailbox, COPIED)
                self.go_on(mailbox, "nothing")
                self.assertEqual(self.shown_in(self.folder(mailbox, "Box")), equal[number])
                self.assertEqual(equal[1 - number].folder_id.path, "INBOX")


@tagged("post_install", "-at_install")
class TestStoringAnswerLost(AnswerLost, KeepCase):
    def setUp(self):
        super().setUp()
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.through(self.proxy, self.mailbox)

    def test_what_comes_back_from_a_folder_made_by_hand_after_its_copy_was_deleted(self):
        for between in self.BETWEEN:
            with self.subTest(between):
                self.offer.move_to(self.drawer)
                self.sync()
                self.expunge(self.trash().path, "Offer")
                self.sync()
                self.offer.move_to(self.inbox())
                self.lose(self.mailbox, rb"OK \[APPENDUID")
                self.assertTrue(self.operations(self.mailbox).begun_in_id)
                self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
                self.go_on(self.mailbox, between)
                self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
                self.assertEqual(sorted(self.shown(self.inbox()).mapped("subject")), ["Offer", "Plan"])
                self.assertTrue(self.offer.exists() and self.offer.uid and self.offer.folder_id == self.inbox())
                self.check_counts(self.mailbox)

    def store_and_lose(self, times=1, folder=None):
        """Store the offer in the inbox or another folder, and hear nothing of it."""
        self.offer.move_to(self.drawer)
        self.sync()
        self.expunge(self.trash().path, "Offer")
        self.sync()
        self.offer.move_to(folder or self.inbox())
        self.lose(self.mailbox, rb"OK \[APPENDUID")
        self.assertTrue(self.operations(self.mailbox).begun_in_id)
        # At which the connection breaks again and again, that is told after new mail was fetched.
        self.operations(self.mailbox).broken_times = times

    def test_what_another_program_moved_on_is_not_stored_again(self):
        for fetch_mode in ("this", "no"):
            for times in (1, 2):
                for first in ("push", "fetch"):
                    with self.subTest(fetch_mode=fetch_mode, times=times, first=first):
                        path = f"Box {fetch_mode} {times} {first}"
                        self.client.create(f'"{path}"')
                        self.mailbox.refresh_folders()
                        box = self.folder(self.mailbox, path)
                        box.fetch_mode = fetch_mode
                        self.sync()
                        self.store_and_lose(times)
                        self.move("INBOX", "Offer", path)
                        if first == "push":
                            self.mailbox._push_now()
                        self.go_on(self.mailbox, "nothing")
                        self.assertEqual((self.subjects("INBOX"), self.subjects(path)), (["Plan"], ["Offer"]))
                        self.assertEqual(self.shown_in(box), self.offer.sudo())
                        self.assertEqual(self.shown(self.inbox()).mapped("subject"), ["Plan"])
                        self.check_counts(self.mailbox)

    def test_where_the_folder_got_another_uidvalidity_it_is_not_stored_again(self):
        for fetch_mode in ("this", "no"):
            for times in (1, 2):
                with self.subTest(fetch_mode=fetch_mode, times=times):
                    path = f"New-{fetch_mode}-{times}"
                    self.client.create(path)
                    self.mailbox.refresh_folders()
                    box = self.folder(self.mailbox, path)
                    box.fetch_mode = fetch_mode
                    self.sync()
                    self.store_and_lose(times, box)
                    self.renew(path)
                    self.go_on(self.mailbox, "nothing")
                    self.assertEqual(self.subjects(path), ["Offer"])
                    self.assertEqual(self.shown_in(box), self.offer.sudo())
                    self.check_counts(self.mailbox)

    def test_what_another_program_deleted_is_stored_again(self):
        self.client.create("Box")
        self.deliver("Offer", folder="Box")
        self.sync()
        self.store_and_lose()
        self.expunge("INBOX", "Offer")
        # The same mail, of another arrival, is not what was stored.
        self.client.append("Box", None, None, self.offer.sudo()._source())
        self.go_on(self.mailbox, "nothing")
        self.assertEqual(sorted(self.subjects("INBOX")), ["Offer", "Plan"])
        self.assertEqual(self.offer.folder_id, self.inbox())
        self.assertEqual(len(self.subjects("Box")), 2)
        self.check_counts(self.mailbox)

    def test_a_message_id_that_no_server_finds(self):
        raw = self.with_attachment("Odd").replace(b"<Odd@example.com>", b"Odd . example . com")
        self.lab.deliver(self.account.address, raw)
        self.sync()
        message = self.message(self.mailbox, "Odd").with_user(self.anna)
        message.move_to(self.drawer)
        self.sync()
        self.expunge(self.trash().path, "Odd")
        self.sync()
        message.move_to(self.inbox())
        self.lose(self.mailbox, rb"OK \[APPENDUID")
        self.go_on(self.mailbox, "nothing")
        self.assertEqual(sorted(self.subjects("INBOX")), ["Odd", "Offer", "Plan"])
        self.assertTrue(message.uid)


@tagged("post_install", "-at_install")
class TestDraftsAnswerLost(AnswerLost, OutboxCase):
    def make_mailboxes(self):
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        inbox = self.make_synced(email=self.account.address, port=self.proxy.port, security="none")
        _server, out = self.make_unruly(sent_folder_id=self.folder(inbox, "Sent").id)
        return inbox, out

    def test_what_was_sent_or_begun_and_another_program_moved_on(self):
        inbox, out = self.make_mailboxes()
        inbox.folder_ids.fetch_mode = "no"
        inbox.fetch_mail()
        for lies_in, write in {"Sent": self.queue, "Drafts": self.written}.items():
            with self.subTest(lies_in):
                message = write(out, subject=lies_in)
                self.send()
                self.lose(inbox, rb"OK \[APPENDUID")
                # Told after all else, when what is new in other folders was seen.
                self.operations(inbox).broken_times = 2
                self.move(lies_in, lies_in, "Archive")
                self.go_on(inbox, "nothing")
                self.assertNotIn(lies_in, self.subjects(lies_in))
                self.assertEqual(self.subjects("Archive").count(lies_in), 1)
                self.assertEqual(message.folder_id.path, "Archive")
                self.check_counts(inbox)

    def test_without_uidplus_older_versions_of_a_draft_are_hidden_as_what_they_are(self):
        inbox, out = self.make_mailboxes()
        drafts = self.folder(inbox, "Drafts")
        for way in ("fetch_mail", "_push_now"):
            with self.subTest(way):
                self.proxy.hide("UIDPLUS")
                inbox.fetch_mail()
                draft = self.written(out, subject="A")
                for subject in ("B", "C"):
                    self.proxy.hang_up_at(rb"OK .*Append completed")
                    with suppress(UserError):
                        getattr(inbox, way)()
                    self.proxy.reset()
                    self.proxy.hide("UIDPLUS")
                    self.messages_as_anna.save_draft({"id": draft.id, "subject": subject})
                self.go_on(inbox, "nothing")
                self.assertEqual(self.subjects("Drafts"), ["C"])
                here = self.env["comm.message"].with_context(active_test=False)
                here = here.search([("server_folder_id", "=", drafts.id), ("uid", ">=", 1)], order="uid")
                self.client.select("Drafts")
                found = self.client.uid("SEARCH", "ALL")[1][0].split()
                said = [self.client.uid("FETCH", uid, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1] for uid in found]
                said = [line.decode().partition(":")[2].strip() for line in said]
                self.assertEqual(said[-3:], ["A", "B", "C"])
                self.assertEqual(
                    dict(zip(here.mapped("uid"), here.mapped("subject"), strict=True)),
                    dict(zip(map(int, found), said, strict=True)),
                )
                self.assertEqual(self.shown_in(drafts), draft)
                draft.with_user(self.anna).discard_draft()
                inbox.fetch_mail()
                self.assertFalse(self.shown_in(drafts))
                self.check_counts(inbox)
                self.client.expunge()
                inbox.fetch_mail()

    def test_what_is_marked_as_deleted_of_a_draft_is_not_deleted_again(self):
        inbox, out = self.make_mailboxes()
        drafts = self.folder(inbox, "Drafts")
        drafts.fetch_mode = "no"
        self.proxy.hide("UIDPLUS")
        draft = self.written(out, subject="1")
        for version in range(2, 5):
            inbox._push_now()
            inbox._push_now()
            self.messages_as_anna.save_draft({"id": draft.id, "subject": str(version)})
        inbox._push_now()
        self.assertFalse(self.operations(inbox))
        self.assertEqual(self.subjects("Drafts"), ["4"])

    def test_a_draft_is_there_once(self):
        inbox, out = self.make_mailboxes()
        for between in self.BETWEEN:
            with self.subTest(between):
                draft = self.written(out)
                for version in ("Offer", "Offer 2"):
                    self.lose(inbox, rb"OK \[APPENDUID")
                    self.assertIn(version, self.subjects("Drafts"))
                    self.go_on(inbox, between)
                    self.assertEqual(self.subjects("Drafts"), [version])
                    self.assertEqual(self.shown_in(self.folder(inbox, "Drafts")), draft)
                    self.messages_as_anna.save_draft({"id": draft.id, "subject": "Offer 2"})
                draft.with_user(self.anna).discard_draft()
                inbox.fetch_mail()
                self.assertEqual(self.subjects("Drafts"), [])
                self.check_counts(inbox)
