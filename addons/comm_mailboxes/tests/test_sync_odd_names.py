from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncOddNames(SyncCase):
    """Folders with names that no mail server should have let anybody make."""

    def test_a_folder_with_a_line_break_in_its_name_is_told_and_stops_no_other(self):
        for name in ("Evil", "Projects"):
            self.client.create(name)
        for break_ in (b"\r\nX1 DELETE Projects\r\n", b"\n", b"\0"):
            for hidden in ("LIST-EXTENDED", "XLIST"):
                with self.subTest(break_=break_, hidden=hidden), self.lab.proxy("imap") as proxy:
                    proxy.hide(hidden)
                    name = b'E"%bvil' % break_
                    proxy.replace(rb'"?Evil"?\r\n', b"{%d}\r\n%b\r\n" % (len(name), name), only=b"* LIST")
                    mailbox = self.make_lab_mailbox(port=proxy.port, security="none", fetch_subfolders=True)
                    mailbox.refresh_folders()
                    mailbox = mailbox.with_env(self.env)
                    mailbox.folder_ids.fetch_mode = "this"
                    number = f"{hidden} {break_}"
                    for path in ("INBOX", "Projects"):
                        self.deliver(f"{path} {number}", folder=path)
                    told = self.failure_of(mailbox.fetch_mail)
                    self.assertIn("has a line break or another character", told)
                    self.assertIn('E"', told)
                    self.assertEqual((mailbox.state, mailbox.last_error), ("error", told))
                    self.assertEqual(mailbox.sudo().lease_ids.failures, 0)
                    subjects = self.messages(mailbox).mapped("subject")
                    for path in ("INBOX", "Projects"):
                        self.assertIn(f"{path} {number}", subjects)
                    self.assertNotIn("DELETE", proxy.commands)
                    evil = mailbox.folder_ids.filtered(lambda folder: folder.path.startswith('E"'))
                    evil.fetch_mode = "no"
                    self.deliver(f"Later {number}")
                    self.assertEqual(mailbox.fetch_mail(), 1)
                    self.assertEqual(mailbox.state, "ok")

    def test_a_message_that_is_moved_into_such_a_folder_comes_back(self):
        self.client.create("Evil")
        self.deliver("Mail")
        with self.lab.proxy("imap") as proxy:
            proxy.replace(rb'"?Evil"?\r\n', b"{6}\r\nEv\r\nil\r\n", only=b"* LIST")
            mailbox = self.make_lab_mailbox(port=proxy.port, security="none")
            mailbox.fetch_mail()
            message = self.message(mailbox, "Mail")
            evil = mailbox.folder_ids.filtered(lambda folder: folder.path.startswith("Ev"))
            message.with_user(self.anna).move_to(evil.with_user(self.anna))
            for _time in range(6):
                mailbox._push_now()
            self.deliver("Next")
            self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(message.folder_id.role, "inbox")
        self.assertEqual(sorted(self.subjects("INBOX")), ["Mail", "Next"])

    def test_a_keyword_with_a_nul_keeps_no_mail_away(self):
        for number in range(3):
            self.deliver(f"Mail {number}")
        self.client.select("INBOX")
        self.client.store("2", "+FLAGS", "kwX")
        for hidden in ((), ("CONDSTORE", "QRESYNC")):
            with self.subTest(hidden=hidden), self.lab.proxy("imap") as proxy:
                for name in hidden:
                    proxy.hide(name)
                proxy.replace(rb"kw([XY])", rb"kw\0\1", only=b"FETCH")
                mailbox = self.make_synced(port=proxy.port, security="none")
                self.assertEqual(self.message(mailbox, "Mail 1").keywords, "kwX")
                # One that turns up later, too.
                self.client.select("INBOX")
                self.client.store("1", "+FLAGS", "kwY")
                self.deliver(f"Later {len(hidden)}")
                mailbox.fetch_mail()
                self.assertEqual(self.message(mailbox, "Mail 0").keywords, "kwY")
                self.assertTrue(self.message(mailbox, f"Later {len(hidden)}"))
                self.assertEqual(mailbox.state, "ok")
                self.client.store("1", "-FLAGS", "kwY")

    def test_a_keyword_that_is_no_atom_keeps_no_mail_away(self):
        self.deliver("Mail")
        self.client.select("INBOX")
        self.client.store("1", "+FLAGS", "kwX")
        for number, odd in enumerate((b'k"w', b'"kw', b"k{w", b'k"w"')):
            for hidden in ("NOTHING", "CONDSTORE"):
                with self.subTest(odd=odd, hidden=hidden), self.lab.proxy("imap") as proxy:
                    proxy.hide(hidden)
                    proxy.replace(rb"kwX", odd, only=b"FETCH")
                    mailbox = self.make_synced(port=proxy.port, security="none")
                    self.assertIn(odd.decode().strip('"'), self.message(mailbox, "Mail").keywords)
                    self.deliver(f"Later {number} {hidden}")
                    self.client.store("1", "+FLAGS", f"other{number}")
                    mailbox.fetch_mail()
                    self.assertIn(f"other{number}", self.message(mailbox, "Mail").keywords)
                    self.assertTrue(self.message(mailbox, f"Later {number} {hidden}"))
                    self.assertEqual(mailbox.state, "ok")
