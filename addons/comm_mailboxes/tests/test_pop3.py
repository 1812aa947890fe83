import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..sync import batch, engine
from ..sync.visit import Visit
from .common import LabCase


@tagged("post_install", "-at_install")
class TestPop3(LabCase):
    def make_pop3(self, **vals):
        return self.make_lab_mailbox(**{"kind": "pop3", "port": self.lab.ports["pop3s"], **vals})

    def on_server(self):
        client = self.lab.imap(self.account)
        count = int(client.select("INBOX", readonly=True)[1][0])
        client.logout()
        return count

    def test_ports_are_those_of_pop3(self):
        mailbox = self.make_mailbox(kind="pop3")
        self.assertEqual(mailbox.port, 995)
        mailbox.security = "starttls"
        self.assertEqual(mailbox.port, 110)

    def test_new_messages_come_once_and_stay_on_the_server(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        mailbox = self.make_pop3()
        self.assertEqual(mailbox.fetch_mail(), 3)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.deliver("New")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(mailbox.folder_ids.mapped("role"), ["inbox"])
        self.assertEqual(mailbox.message_count, 4)
        self.assertEqual(self.on_server(), 4)

    def test_archived_in_the_middle_of_what_a_slow_server_sends(self):
        for number in range(5):
            self.deliver(f"Mail {number}", body=f"{'x' * 70}\r\n" * 8000)
        mailbox = self.make_pop3(pop3_leave="delete")
        real, looks = Visit.is_given_up, []

        def is_given_up(visit):
            looks.append(time.monotonic())
            mailbox.active = len(looks) < 2
            mailbox.flush_recordset()
            return real(visit)

        with self.lab.proxy("pop3") as proxy, patch.object(Visit, "is_given_up", is_given_up):
            mailbox.write({"port": proxy.port, "security": "none"})
            proxy.throttle(50_000)
            # One mail alone takes ten seconds.
            self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertLess(time.monotonic() - looks[-1], 2)
        self.assertEqual(self.on_server(), 5)
        mailbox.active = True
        mailbox.write({"port": self.lab.ports["pop3s"], "security": "tls"})
        self.assertEqual((mailbox.fetch_mail(), self.on_server()), (5, 0))

    def test_what_its_turn_is_not_enough_for_comes_in_the_next_one(self):
        for number in range(15):
            self.deliver(f"Mail {number}")
        mailbox = self.make_pop3(pop3_leave="delete")
        with patch.object(engine, "TURN", 0.0):
            self.assertEqual(mailbox.fetch_mail(), batch.FIRST_MESSAGES)
        self.assertEqual(self.on_server(), 5)
        self.assertEqual((mailbox.fetch_mail(), self.on_server()), (5, 0))

    def test_a_message_deleted_in_odoo_does_not_come_back(self):
        self.deliver("Gone")
        mailbox = self.make_pop3()
        mailbox.fetch_mail()
        self.messages(mailbox).unlink()
        self.assertEqual(mailbox.fetch_mail(), 0)

    def test_delete_after_fetch_empties_the_server_and_keeps_the_mail_here(self):
        self.deliver("Moved here")
        mailbox = self.make_pop3(pop3_leave="delete")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(self.on_server(), 0)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Moved here"])

    def test_messages_leave_the_server_after_the_chosen_days(self):
        self.deliver("Old")
        mailbox = self.make_pop3(pop3_leave="days", pop3_leave_days=7)
        mailbox.fetch_mail()
        self.assertEqual(self.on_server(), 1)
        known = self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)])
        known.fetched_at = fields.Datetime.now() - timedelta(days=8)
        self.deliver("Young")
        mailbox.fetch_mail()
        self.assertEqual(self.on_server(), 1)
        self.assertEqual(set(self.messages(mailbox).mapped("subject")), {"Old", "Young"})

    def test_nothing_is_deleted_on_the_server_when_storing_fails(self):
        self.deliver("Precious")
        self.env.cr.execute(
            """
            CREATE FUNCTION refuse_all() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER refuse BEFORE INSERT ON comm_message FOR EACH ROW EXECUTE FUNCTION refuse_all();
            """
        )
        mailbox = self.make_pop3(pop3_leave="delete")
        with self.assertLogs("odoo.addons.comm_mailboxes", "ERROR"):
            self.failure_of(mailbox.fetch_mail)
        self.assertEqual(self.on_server(), 1)
        self.env.cr.execute("DROP TRIGGER refuse ON comm_message")
        self.assertEqual(mailbox.fetch_mail(), 1)

    def test_a_cut_connection_loses_nothing_and_doubles_nothing(self):
        for number in range(30):
            self.deliver(f"Mail {number}", body="x" * 2000)
        with self.lab.proxy("pop3") as proxy:
            mailbox = self.make_pop3(port=proxy.port, security="none", pop3_leave="delete")
            proxy.cut_after(45_000)
            self.failure_of(mailbox.fetch_mail)
            self.assertEqual(self.on_server(), 30)
        mailbox.port = self.lab.ports["pop3"]
        mailbox.fetch_mail()
        self.assertEqual(
            sorted(self.messages(mailbox).mapped("subject")), sorted(f"Mail {number}" for number in range(30))
        )
        self.assertEqual(self.on_server(), 0)

    def test_what_another_program_moved_away_and_back_comes_once(self):
        for number in range(12):
            self.deliver(f"Mail {number}")
        mailbox = self.make_pop3()
        mailbox.fetch_mail()
        ids = {row.id: row.uidl for row in self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)])}
        client = self.lab.imap(self.account)
        self.addCleanup(client.logout)
        client.create("Aside")
        for source, target in (("INBOX", "Aside"), ("Aside", "INBOX")):
            client.select(source)
            client.copy("1:*", target)
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()
            self.assertEqual(mailbox.fetch_mail(), 0)
        rows = self.env["comm.pop3.uidl"].browse(ids)
        # Dovecot's ids come from its UIDs, and all are others now.
        self.assertFalse(set(rows.mapped("uidl")) & set(ids.values()))
        self.assertFalse(any(rows.mapped("gone_at")))
        self.assertEqual(mailbox.message_count, 12)
        mailbox.pop3_leave = "delete"
        mailbox.fetch_mail()
        self.assertEqual((self.on_server(), mailbox.message_count), (0, 12))

    def test_the_check_counts_the_messages(self):
        self.deliver("One")
        steps = self.make_pop3().check_connection()
        self.assertEqual([step["step"] for step in steps], ["resolve", "connect", "tls", "login", "inbox"])
        self.assertTrue(all(step["ok"] for step in steps), steps)
        self.assertIn("1", steps[-1]["detail"])

    def test_a_message_that_is_too_large_comes_as_header_and_stays_on_the_server(self):
        self.deliver("Huge", body=f"{'x' * 70}\r\n" * 20_000)
        self.deliver("Small")
        self.env.company.comm_import_limit = 1
        mailbox = self.make_pop3(pop3_leave="delete")
        self.assertEqual(mailbox.fetch_mail(), 2)
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.on_server(), 1)
        huge = self.messages(mailbox).filtered(lambda message: message.subject == "Huge")
        self.assertTrue(huge.is_partial)
        self.assertNotIn("xxx", huge.body_text or "")
        huge.load_from_server()
        self.assertFalse(huge.is_partial)
        self.assertIn("xxx", huge.body_text)
        # What is here now need not stay there.
        mailbox.fetch_mail()
        self.assertEqual(self.on_server(), 0)

    def test_one_that_is_gone_when_its_rest_is_to_come_is_told(self):
        self.deliver("Huge", body=f"{'x' * 70}\r\n" * 20_000)
        self.env.company.comm_import_limit = 1
        mailbox = self.make_pop3()
        mailbox.fetch_mail()
        client = self.lab.imap(self.account)
        client.select("INBOX")
        client.store("1", "+FLAGS", r"(\Deleted)")
        client.expunge()
        client.logout()
        told = self.failure_of(self.messages(mailbox).load_from_server)
        self.assertIn("is not in its folder on the server any more", told)
        self.assertEqual((mailbox.state, mailbox.last_error), ("ok", False))

    def test_another_account_with_the_same_ids_is_not_taken_for_known(self):
        self.deliver("First account")
        mailbox = self.make_pop3()
        mailbox.fetch_mail()
        other = self.lab.account()
        uidl = self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)]).uidl
        self.deliver("Second account", account=other)
        mailbox.write({"login": other.address, "password": other.password, "pop3_leave": "delete"})
        with self.lab.proxy("pop3") as proxy:
            # The second server gives its message the id that the first one gave to another.
            proxy.replace(rb"(?m)^1 [0-9a-f]{8,}", b"1 " + uidl.encode())
            mailbox.write({"port": proxy.port, "security": "none"})
            self.assertEqual(mailbox.fetch_mail(), 1)
            rows = self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)])
            self.assertEqual(rows.mapped("uidl"), [uidl, uidl])
            # What the first account had is known for a while, under its name.
            self.assertEqual(len(set(rows.mapped("account"))), 2)
        self.assertEqual(set(self.messages(mailbox).mapped("subject")), {"First account", "Second account"})

    def test_another_name_of_the_same_server_brings_nothing_twice(self):
        self.deliver("Once")
        mailbox = self.make_pop3()
        mailbox.fetch_mail()
        mailbox.host = "127.0.0.1"
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.messages(mailbox).mapped("subject"), ["Once"])
        self.assertEqual(mailbox.fetch_mail(), 0)

    def test_two_messages_with_one_id_both_come(self):
        for subject in ("One", "Two"):
            route = f"Received: from a by b with SMTP id {subject}; Mon, 2 Nov 2026 10:00:00 +0100\r\n"
            raw = f"{route}From: a@example.com\r\nSubject: {subject}\r\n\r\n{subject}\r\n"
            self.lab.deliver(self.account.address, raw.encode())
        with self.lab.proxy("pop3") as proxy:
            proxy.replace(rb"(?m)^([12]) [0-9a-f]{8,}", rb"\1 same-id")
            mailbox = self.make_pop3(port=proxy.port, security="none")
            self.assertEqual(mailbox.fetch_mail(), 2)
        keys = self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)]).mapped("uidl")
        self.assertTrue(all(key.startswith("header:") for key in keys), keys)
        self.assertEqual(set(self.messages(mailbox).mapped("subject")), {"One", "Two"})

    def deliver_bare(self, *subjects):
        """Mails without Message-ID, date and route: their headers alone do not tell them apart for sure."""
        for subject in subjects:
            self.lab.deliver(
                self.account.address, f"From: a@example.com\r\nSubject: {subject}\r\n\r\n{subject}\r\n".encode()
            )

    def test_without_uidl_even_bare_mails_all_come_before_any_is_deleted(self):
        self.deliver_bare("One", "Two", "Three")
        with self.lab.proxy("pop3") as proxy:
            # The same id for all is as good as none.
            proxy.replace(rb"(?m)^([0-9]+) [0-9a-f]{8,}", rb"\1 same-id")
            mailbox = self.make_pop3(port=proxy.port, security="none")
            self.assertEqual(mailbox.fetch_mail(), 3)
            self.assertEqual(mailbox.fetch_mail(), 0)
            self.deliver_bare("Four")
            self.assertEqual(mailbox.fetch_mail(), 1)
            mailbox.pop3_leave = "delete"
            self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(set(self.messages(mailbox).mapped("subject")), {"One", "Two", "Three", "Four"})
        self.assertEqual(self.on_server(), 0)

    def test_identical_copies_are_two_messages(self):
        self.deliver_bare("Same", "Same")
        with self.lab.proxy("pop3") as proxy:
            proxy.replace(rb"(?m)^([0-9]+) [0-9a-f]{8,}", rb"\1 same-id")
            mailbox = self.make_pop3(port=proxy.port, security="none", pop3_leave="delete")
            self.assertEqual(mailbox.fetch_mail(), 2)
        self.assertEqual(self.on_server(), 0)

    def test_another_port_is_another_account(self):
        self.deliver("First")
        mailbox = self.make_pop3()
        mailbox.fetch_mail()
        uidl = self.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)]).uidl
        # Behind another port of the same name another server has another message under that id.
        client = self.lab.imap(self.account)
        client.select()
        client.store("1", "+FLAGS", r"\Deleted")
        client.expunge()
        client.logout()
        self.deliver("Second")
        with self.lab.proxy("pop3") as proxy:
            proxy.replace(rb"(?m)^1 [0-9a-f]{8,}", b"1 " + uidl.encode())
            mailbox.write({"port": proxy.port, "security": "none", "pop3_leave": "delete"})
            self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertEqual(set(self.messages(mailbox).mapped("subject")), {"First", "Second"})
