from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models.comm_pop3_uidl import KEPT_DAYS
from ..sync import breaking, store
from .common import LabCase
from .pop3_server import Pop3Server

ROUTE = "Received: from a.example by b.example with ESMTP id %s; Mon, 2 Nov 2026 10:00:00 +0100\r\n"


def mail(name, body="Text", route=True):
    """Return a mail as a server delivered it, or as a program put it there."""
    return (
        f"{ROUTE % name if route else ''}From: sender@example.com\r\nSubject: {name}\r\nMessage-ID: <{name}@example.com>\r\n"
        f"Date: Mon, 02 Nov 2026 10:00:00 +0100\r\n\r\n{body}\r\n"
    ).encode()


def reading(value):
    """Return one of several mails that have header and size in common."""
    return mail("reading", value, route=False)


def bare(value):
    """Return a mail that nothing tells from another one of the same words."""
    return f"From: device@example.com\r\nSubject: Alarm\r\n\r\n{value}\r\n".encode()


class Pop3DropCase(LabCase):
    def setUp(self):
        super().setUp()
        self.server = Pop3Server()
        self.enterContext(self.server)

    def make_pop3(self, *drop, **vals):
        self.server.drop = [list(pair) for pair in drop]
        return self.make_mailbox(
            **{
                "kind": "pop3",
                "host": "127.0.0.1",
                "port": self.server.port,
                "security": "none",
                "allow_clear_password": True,
                "login": "anna",
                "password": "secret-word",
                **vals,
            }
        )

    def numbered(self, count, body="Text"):
        return [[f"u{number}", mail(f"m{number}", body)] for number in range(1, count + 1)]

    def texts(self, mailbox):
        return sorted((message.body_text or "").strip() for message in self.messages(mailbox))

    def subjects(self, mailbox):
        return sorted(message.subject or "" for message in self.messages(mailbox))

    def known(self, mailbox):
        return self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)], order="uidl")

    def events(self, mailbox):
        return self.env["comm.mailbox.event"].search([("mailbox_id", "=", mailbox.id), ("level", "=", "warning")])


@tagged("post_install", "-at_install")
class TestPop3Drop(Pop3DropCase):
    """Drops that a server shows differently from one visit to the next, and messages that it does not hand out."""

    # What is listed anew

    def test_a_drop_that_was_empty_once_brings_nothing_twice(self):
        mailbox = self.make_pop3(*self.numbered(12))
        self.assertEqual(mailbox.fetch_mail(), 12)
        self.messages(mailbox).filtered(lambda message: message.subject == "m3").unlink()
        fetched_at = self.known(mailbox).mapped("fetched_at")
        drop, self.server.drop = self.server.drop, []
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.server.drop = [*drop, ["new", mail("new")]]
        self.server.asked("RETR")
        self.assertEqual(mailbox.fetch_mail(), 1)
        # The same header under the same id says enough.
        self.assertEqual(self.server.asked("RETR"), ["13"])
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(len(self.messages(mailbox)), 12)
        self.assertEqual(self.known(mailbox).filtered(lambda row: row.uidl != "new").mapped("fetched_at"), fetched_at)

    def test_a_drop_of_which_half_was_hidden_brings_nothing_twice(self):
        mailbox = self.make_pop3(*self.numbered(12))
        mailbox.fetch_mail()
        drop, self.server.drop = self.server.drop, self.server.drop[:4]
        mailbox.fetch_mail()
        self.server.drop = drop
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(len(self.messages(mailbox)), 12)

    def test_new_ids_for_all_bring_nothing_twice(self):
        mailbox = self.make_pop3(*self.numbered(12), ["bare", bare("fire")])
        mailbox.fetch_mail()
        self.messages(mailbox).filtered(lambda message: message.subject == "m3").unlink()
        self.server.drop = [[f"other-{name}", raw] for name, raw in self.server.drop]
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(len(self.messages(mailbox)), 12)
        self.assertEqual(len(self.known(mailbox)), 13)
        mailbox.pop3_leave = "delete"
        mailbox.fetch_mail()
        self.assertEqual(self.server.drop, [])

    def test_new_ids_for_large_messages_bring_nothing_twice(self):
        self.env.company.comm_import_limit = 1
        large = mail("large", f"{'x' * 70}\r\n" * 20_000)
        mailbox = self.make_pop3(["a", large], ["b", mail("small")])
        mailbox.fetch_mail()
        for limit, name in ((1, "c"), (0, "d"), (1, "e"), (0, "f")):
            self.env.company.comm_import_limit = limit
            self.server.drop[0][0] = name
            self.assertEqual(mailbox.fetch_mail(), 0)
        # Only the header is here, whatever was looked at.
        mailbox.pop3_leave = "delete"
        mailbox.fetch_mail()
        self.assertEqual([name for name, _raw in self.server.drop], ["f"])
        self.messages(mailbox).load_from_server()
        mailbox.fetch_mail()
        self.assertEqual(self.server.drop, [])
        self.assertEqual(sorted(self.messages(mailbox).mapped("is_partial")), [False, False])

    def test_an_id_given_to_another_mail_hides_nothing(self):
        mailbox = self.make_pop3(["1", mail("a", "one")], ["2", reading("11")])
        mailbox.fetch_mail()
        self.server.drop = []
        mailbox.fetch_mail()
        self.server.drop = [["1", mail("b", "two")], ["2", reading("22")]]
        self.assertEqual(mailbox.fetch_mail(), 2)
        self.assertEqual(self.texts(mailbox), ["11", "22", "one", "two"])
        self.assertEqual(mailbox.fetch_mail(), 0)

    def test_a_server_that_counts_its_ids_anew_hides_nothing(self):
        mailbox = self.make_pop3(["1", mail("a", "x")], ["2", mail("b", "xx")], ["3", mail("c", "xxx")])
        mailbox.fetch_mail()
        del self.server.drop[0]
        self.server.drop = [
            [str(at), raw] for at, (_id, raw) in enumerate([*self.server.drop, ["", mail("d", "xxxx")]], 1)
        ]
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(self.subjects(mailbox), ["a", "b", "c", "d"])

    def test_without_ids_mails_of_one_header_all_come_before_they_are_deleted(self):
        mailbox = self.make_pop3(pop3_leave="delete")
        self.server.lacks = {"UIDL"}
        for value in ("11", "22", "33"):
            self.server.drop = [["", reading(value)]]
            self.assertEqual(mailbox.fetch_mail(), 1)
            self.assertEqual(self.server.drop, [])
        self.assertEqual(self.texts(mailbox), ["11", "22", "33"])

    def test_without_ids_mails_of_one_header_all_come_when_they_stay(self):
        mailbox = self.make_pop3()
        self.server.lacks = {"UIDL"}
        for drop in (["11"], ["11", "22"], ["22"], ["33"], ["33", "22", "11"]):
            self.server.drop = [["", reading(value)] for value in drop]
            mailbox.fetch_mail()
        self.assertEqual(self.texts(mailbox), ["11", "22", "33"])

    def test_equal_mails_one_after_the_other_all_come(self):
        mailbox = self.make_pop3(pop3_leave="delete")
        for lacks in (set(), {"UIDL"}):
            self.server.lacks = lacks
            for name in ("a", "b"):
                self.server.drop = [[name, bare("fire")]]
                self.assertEqual(mailbox.fetch_mail(), 1)
                self.assertEqual(self.server.drop, [])
        self.assertEqual(self.texts(mailbox), ["fire"] * 4)

    def test_ids_of_any_kind_are_known(self):
        names = ["a\0b", "a\0c", "x" * 9000 + "1", "x" * 9000 + "2", "Case", "case", "header:abc", "size:1", "-", ""]
        mailbox = self.make_pop3(*([name, mail(f"m{at}")] for at, name in enumerate(names)))
        self.assertEqual(mailbox.fetch_mail(), len(names))
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(len(self.messages(mailbox)), len(names))

    def test_a_first_batch_that_cannot_be_stored_does_not_take_the_inbox_along(self):
        mailbox = self.make_pop3(*self.numbered(2))
        real, calls = store.save, []

        def save(folder, prepared):
            calls.append(len(prepared))
            if len(calls) == 1:
                raise ValueError
            return real(folder, prepared)

        with patch.object(store, "save", save), self.assertLogs("odoo.addons.comm_mailboxes", "WARNING"):
            self.assertEqual(mailbox.fetch_mail(), 2)
        self.assertEqual(calls, [2, 1, 1])
        self.assertEqual(self.messages(mailbox).folder_id.role, "inbox")

    def test_what_was_fetched_before_contents_were_noted_is_known(self):
        mailbox = self.make_pop3(*self.numbered(5), ["r", reading("11")])
        mailbox.fetch_mail()
        self.known(mailbox).write({"size": 0, "identity": False, "digest": False})
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.server.drop = [[f"other-{name}", raw] for name, raw in self.server.drop] + [["s", reading("22")]]
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(self.texts(mailbox), ["11", "22", *["Text"] * 5])

    def test_what_is_gone_for_long_is_forgotten(self):
        mailbox = self.make_pop3(*self.numbered(2))
        mailbox.fetch_mail()
        del self.server.drop[0]
        mailbox.fetch_mail()
        gone = self.known(mailbox).filtered("gone_at")
        self.assertEqual(gone.uidl, "u1")
        self.env["comm.pop3.uidl"]._gc_gone()
        self.assertTrue(gone.exists())
        gone.gone_at = fields.Datetime.now() - timedelta(days=KEPT_DAYS + 1)
        self.env["comm.pop3.uidl"]._gc_gone()
        self.assertEqual(self.known(mailbox).mapped("uidl"), ["u2"])

    # What is not handed out

    def test_a_refused_message_does_not_stop_the_others(self):
        mailbox = self.make_pop3(*self.numbered(12), pop3_leave="delete")
        self.server.answers["RETR 9"] = b"-ERR cannot read secret-word\r\n"
        self.assertEqual(mailbox.fetch_mail(), 12)
        stub = self.messages(mailbox).filtered("defect")
        self.assertIn("did not hand out", stub.defect)
        self.assertNotIn("secret-word", stub.defect)
        self.assertEqual([name for name, _raw in self.server.drop], ["u9"])
        self.assertEqual(mailbox.state, "ok")
        self.server.asked("RETR")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.server.asked("RETR"), [])
        # A day later it is asked for again: in vain, and a day later not.
        self.server.answers = {"RETR": b"-ERR cannot read\r\n"}
        self.a_day_passes(stub)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.server.asked("RETR"), ["1"])
        self.server.answers = {}
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.server.asked("RETR"), [])
        self.a_day_passes(stub)
        mailbox.fetch_mail()
        self.assertEqual((stub.subject, stub.defect), ("m9", False))
        mailbox.fetch_mail()
        self.assertEqual(self.server.drop, [])
        self.assertEqual(len(self.messages(mailbox)), 12)

    def a_day_passes(self, message):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE comm_message SET write_date = write_date - interval '2 days' WHERE id = %s", [message.id]
        )
        self.env.invalidate_all()

    def test_a_refused_message_can_be_asked_for_by_hand(self):
        mailbox = self.make_pop3(*self.numbered(3))
        self.server.answers["RETR 2"] = b"-ERR cannot read\r\n"
        mailbox.fetch_mail()
        stub = self.messages(mailbox).filtered("defect")
        self.assertIn("cannot read", self.failure_of(stub.reprocess))
        self.server.answers = {}
        self.assertFalse(stub.reprocess())
        self.assertEqual(stub.subject, "m2")

    def test_a_server_that_refuses_everything_is_told_of_and_nothing_is_stored(self):
        mailbox = self.make_pop3(*self.numbered(12))
        self.server.answers["RETR"] = b"-ERR no\r\n"
        self.assertIn("RETR", self.failure_of(mailbox.fetch_mail))
        self.assertFalse(self.messages(mailbox))
        self.server.answers = {f"RETR {number}": b"-ERR no\r\n" for number in range(3, 13)}
        self.assertEqual(mailbox.fetch_mail(), 12)

    def test_a_message_that_has_to_wait_is_told_of_and_does_not_stop_the_others(self):
        mailbox = self.make_pop3(*self.numbered(3))
        self.server.answers["RETR 3"] = b"-ERR [SYS/TEMP] locked\r\n"
        self.assertIn("locked", self.failure_of(mailbox.fetch_mail))
        self.assertEqual(self.subjects(mailbox), ["m1", "m2"])
        self.server.answers = {}
        self.assertEqual(mailbox.fetch_mail(), 1)

    def test_a_message_that_breaks_the_connection_comes_last_and_then_as_header(self):
        mailbox = self.make_pop3(*self.numbered(12))
        self.server.answers["RETR 9"] = None
        self.failure_of(mailbox.fetch_mail)
        self.assertEqual(self.subjects(mailbox), ["m10", "m11", "m12"])
        self.failure_of(mailbox.fetch_mail)
        self.assertEqual(len(self.messages(mailbox)), 11)
        self.failure_of(mailbox.fetch_mail)
        self.assertEqual(len(self.events(mailbox)), 1)
        self.assertEqual(mailbox.fetch_mail(), 1)
        header = self.messages(mailbox).filtered("is_partial")
        self.assertEqual((header.subject, mailbox.state), ("m9", "ok"))
        self.server.answers = {}
        header.load_from_server()
        self.assertEqual((header.is_partial, header.body_text.strip()), (False, "Text"))
        mailbox.pop3_leave = "delete"
        mailbox.fetch_mail()
        self.assertEqual(self.server.drop, [])

    def test_a_message_of_which_not_even_the_header_comes_keeps_its_place(self):
        mailbox = self.make_pop3(*self.numbered(3))
        self.server.answers = {"RETR 2": None, "TOP 2": None}
        for _visit in range(breaking.TIMES + 1):
            self.failure_of(mailbox.fetch_mail)
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertIn("did not hand out", self.messages(mailbox).filtered("defect").defect)
        self.assertEqual(mailbox.fetch_mail(), 0)

    def test_without_ids_neither_a_refused_nor_a_breaking_message_stops_the_others(self):
        for answer, visits in ((b"-ERR cannot read\r\n", 1), (None, breaking.TIMES + 2)):
            mailbox = self.make_pop3(["", mail("a")], ["", reading("11")], ["", mail("c", "Longer")])
            self.server.lacks = {"UIDL"}
            self.server.answers = {"RETR 2": answer, "TOP 2": answer}
            for _visit in range(visits - 1):
                self.failure_of(mailbox.fetch_mail)
            mailbox.fetch_mail()
            self.assertEqual(self.subjects(mailbox), ["", "a", "c"])
            self.assertEqual(mailbox.fetch_mail(), 0)
            self.server.answers = {}
            self.a_day_passes(self.messages(mailbox).filtered("defect"))
            for _visit in range(2):
                self.assertEqual(mailbox.fetch_mail(), 0)
            self.assertEqual(self.texts(mailbox), ["11", "Longer", "Text"])
            mailbox.pop3_leave = "delete"
            mailbox.fetch_mail()
            self.assertEqual(self.server.drop, [])

    def test_without_top_a_large_message_does_not_stop_the_others(self):
        self.env.company.comm_import_limit = 1
        large = mail("large", f"{'x' * 70}\r\n" * 20_000)
        mailbox = self.make_pop3(*self.numbered(3), ["large", large], pop3_leave="delete")
        self.server.lacks = {"TOP"}
        self.assertEqual(mailbox.fetch_mail(), 4)
        header = self.messages(mailbox).filtered("is_partial")
        self.assertEqual((header.subject, [name for name, _raw in self.server.drop]), ("large", ["large"]))
        header.load_from_server()
        self.assertIn("xxx", header.body_text)
        mailbox.fetch_mail()
        self.assertEqual(self.server.drop, [])

    def test_a_refused_deletion_stops_nothing_and_is_told_once(self):
        mailbox = self.make_pop3(*self.numbered(5), pop3_leave="delete")
        self.server.answers["DELE 2"] = b"-ERR locked\r\n"
        self.assertEqual(mailbox.fetch_mail(), 5)
        self.assertEqual([name for name, _raw in self.server.drop], ["u2"])
        self.server.answers = {"DELE": b"-ERR locked\r\n"}
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual((len(self.events(mailbox)), mailbox.state), (1, "ok"))
        self.assertIn("locked", self.events(mailbox).text)
        self.server.answers = {}
        self.known(mailbox).not_deleted_at = fields.Datetime.now() - timedelta(days=2)
        mailbox.fetch_mail()
        self.assertEqual(self.server.drop, [])

    def test_a_header_moved_to_a_folder_made_by_hand_is_loaded_first_and_comes_back(self):
        self.env.company.comm_import_limit = 1
        large = mail("large", f"{'x' * 70}\r\n" * 20_000)
        mailbox = self.make_pop3(["a", large], ["b", mail("small")], pop3_leave="delete")
        mailbox.fetch_mail()
        aside = self.env["comm.folder"].create({"name": "Aside", "is_local": True, "user_id": self.anna.id})
        moved = self.messages(mailbox).with_user(self.anna)
        moved.move_to(aside)
        self.assertEqual(set(moved.folder_id.ids), {aside.id})
        self.assertFalse(any(moved.mapped("is_partial")))
        self.assertIn("xxx", "".join(moved.mapped("body_text")))
        mailbox.fetch_mail()
        self.assertEqual((self.server.drop, self.messages(mailbox).ids), ([], []))
        moved.move_to(mailbox.folder_ids)
        self.assertEqual(self.subjects(mailbox), ["large", "small"])
        self.assertEqual(mailbox.message_count, 2)
