from odoo.tests import tagged

from ..protocol import mime
from ..protocol.imap import FetchedMessage
from ..protocol.sender_check import failed, kept, trusted_by_host
from ..sync import store
from .common import CommCase

OURS = ("mx.firm.example",)
PASS = (
    "Authentication-Results: mx.firm.example; spf=pass smtp.mailfrom=a@b.example; dkim=pass; dmarc=pass (p=reject)\r\n"
)
FAIL = (
    "Authentication-Results: mx.firm.example 1;\r\n\tspf=softfail smtp.mailfrom=a@b.example;\r\n"
    "\tdkim=none;\r\n\tdmarc=fail (p=NONE; dis=NONE) header.from=b.example\r\n"
)
RECEIVED = "Received: from relay.example by mx.firm.example; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
MAIL = "From: Bank <a@b.example>\r\nSubject: Account\r\nMessage-ID: <1@b.example>\r\n{}\r\nText\r\n"


def verdict(*headers, trusted=OURS, below=""):
    """Return what failed in a mail with ``headers`` on top, and ``below`` among what its sender wrote."""
    raw = ("".join(headers) + MAIL.format(below)).encode()
    return failed(mime.read(raw).sender_checks, trusted)


def header(text):
    return f"Authentication-Results: {text}\r\n"


@tagged("post_install", "-at_install")
class TestSenderCheck(CommCase):
    # What the server says

    def test_results_of_our_server(self):
        for text, expected in {
            "mx.firm.example; dmarc=fail header.from=b.example": "dmarc",
            "mx.firm.example; dkim=fail; spf=pass; dmarc=fail": "dmarc",
            "mx.firm.example; dkim=fail; spf=fail; dmarc=pass": "",
            "mx.firm.example; dmarc=none; dkim=fail": "",
            'mx.firm.example; dkim=fail reason="bad; dmarc=pass"': "dkim",
            "mx.firm.example; dkim=fail; dkim=pass": "",
            "mx.firm.example; dkim=fail; spf=pass": "",
            "mx.firm.example; spf=fail": "spf",
            "mx.firm.example; spf=softfail": "",
            "mx.firm.example; none": "",
            "MX.Firm.Example 1; DMARC = FAIL": "dmarc",
            '"mx.firm.example"; dmarc=fail': "dmarc",
            "mx.firm.example (our; own) ; (a (b; dmarc=pass)) dmarc/1=fail (c)": "dmarc",
            "mx.firm.example; spf=pass (dmarc=fail)": "",
            "mx.firm.example; spf=pass smtp.helo=dmarc=fail": "",
        }.items():
            with self.subTest(text):
                self.assertEqual(verdict(header(text)), expected)

    def test_separate_headers_of_one_hop(self):
        spf = header("mx.firm.example; spf=pass smtp.mailfrom=evil.example")
        self.assertEqual(verdict(spf, header("mx.firm.example; dmarc=fail")), "dmarc")
        self.assertEqual(verdict(spf, "X-Spam: no\r\n", header("mx.firm.example; dmarc=fail")), "dmarc")

    def test_a_word_may_stand_under_our_own_line_received(self):
        self.assertEqual(verdict(RECEIVED, FAIL), "dmarc")
        self.assertEqual(verdict("X-Received: by x\r\n", RECEIVED, RECEIVED, FAIL, RECEIVED), "dmarc")

    # What anybody may have written

    def test_forged_headers_do_not_make_a_bad_mail_good(self):
        self.assertEqual(verdict(FAIL, PASS), "dmarc")
        self.assertEqual(verdict(FAIL, RECEIVED, PASS), "dmarc")
        self.assertEqual(verdict(FAIL, below=PASS), "dmarc")
        self.assertEqual(verdict(header("evil.example; dmarc=pass"), FAIL), "dmarc")
        self.assertEqual(verdict(header("mx.firm.example; spf=fail"), PASS), "spf")
        # Our server found nothing to say of DMARC; a forged word of it below does not count as its own.
        self.assertEqual(verdict(header("mx.firm.example; dkim=fail"), RECEIVED, PASS), "dkim")
        self.assertEqual(verdict(header('mx.firm.example; spf=fail reason="x'), PASS), "spf")

    def test_forged_headers_do_not_make_a_good_mail_bad(self):
        self.assertEqual(verdict(PASS, FAIL), "")
        self.assertEqual(verdict(PASS, RECEIVED, FAIL), "")
        self.assertEqual(verdict(PASS, below=FAIL), "")
        self.assertEqual(verdict(RECEIVED, below=FAIL), "")
        self.assertEqual(verdict(header("mx.firm.example; spf=pass"), RECEIVED, FAIL), "")
        self.assertEqual(verdict(header("evil.example; dmarc=fail")), "")
        self.assertEqual(verdict(header("mx.firm.example.evil.example; dmarc=fail")), "")
        self.assertEqual(verdict(header("dmarc=fail")), "")

    def test_only_so_much_is_kept(self):
        many = "".join(header(f"mx{number}.example; dmarc=fail {'x' * 9000}") for number in range(500))
        self.assertLess(len(kept((many + FAIL).encode())), 81_000)
        self.assertEqual(failed(kept(b"Authentication-Results:\r\n" + FAIL.encode()), OURS), "dmarc")
        self.assertEqual(failed(kept(f"Authentication-Results: mx.firm.example; {'(' * 100_000}".encode()), OURS), "")

    # Whose word counts

    def test_names_of_a_server(self):
        for host, name, is_trusted in [
            ("imap.firm.example", "imap.firm.example", True),
            ("imap.firm.example", "mx3.firm.example", True),
            ("imap.firm.example", "firm.example", True),
            ("imap.firm.example", "afirm.example", False),
            ("IMAP.firm.example.", "mx.firm.example", True),
            ("firm.example", "mx.firm.example", True),
            ("firm.example", "other.example", False),
            ("firm.co.uk", "evil.co.uk", False),
            ("mail.firm.co.uk", "mx.firm.co.uk", True),
            ("imap.web.de", "web.de", True),
            ("192.0.2.1", "192.0.2.2", False),
            ("imap.gmail.com", "mx.google.com", True),
            ("imap.mail.me.com", "dmarc.icloud.com", True),
            ("", "anything.example", False),
            ("localhost", "localhost", True),
        ]:
            with self.subTest(host=host, name=name):
                found = failed(f"{name}; dmarc=fail", trusted_by_host(host))
                self.assertEqual(found, "dmarc" if is_trusted else "")

    def test_microsoft_names_no_server(self):
        text = (
            "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=x.example; dkim=none; dmarc=fail action=none; compauth=fail"
        )
        self.assertEqual(failed(text, trusted_by_host("outlook.office365.com")), "dmarc")
        self.assertEqual(failed(text, trusted_by_host("imap.firm.example")), "")
        forgiven = text.replace("compauth=fail", "compauth=pass reason=130")
        self.assertEqual(failed(forgiven, trusted_by_host("outlook.office365.com")), "")

    # In Odoo

    def stored(self, mailbox, text):
        folder = self.make_message(mailbox).folder_id.sudo()
        store.save(folder, [store.prepare(FetchedMessage(7, frozenset(), None, len(text), text.encode()))])
        return self.env["comm.message"].search([("folder_id", "=", folder.id), ("uid", "=", 7)]).with_user(self.anna)

    def warning(self, message):
        message.invalidate_recordset()
        return {found["kind"]: found["text"] for found in message.preview_info["warnings"]}.get("check", "")

    def test_the_reader_is_warned(self):
        mailbox = self.make_mailbox(host="imap.firm.example")
        message = self.stored(mailbox, FAIL + MAIL.format(""))
        self.assertIn("could not be verified: DMARC failed", self.warning(message))
        mailbox.host = "imap.other.example"
        self.assertEqual(self.warning(message), "")
        mailbox.authserv_ids = "one.example, MX.firm.example."
        self.assertIn("DMARC", self.warning(message))

    def test_also_who_may_only_read(self):
        shared = self.make_shared({self.anna: "read"}, host="imap.firm.example")
        self.assertIn("DMARC", self.warning(self.stored(shared, FAIL + MAIL.format(""))))

    def test_also_in_a_folder_made_by_hand(self):
        message = self.stored(self.make_mailbox(host="imap.firm.example"), FAIL + MAIL.format(""))
        folder = self.env["comm.folder"].create({"name": "Kept", "user_id": self.anna.id, "is_local": True})
        message.sudo().write({"folder_id": folder.id, "mailbox_id": False, "server_folder_id": False, "uid": False})
        self.assertIn("DMARC", self.warning(message))

    def test_a_good_mail_is_none_to_warn_of(self):
        mailbox = self.make_mailbox(host="imap.firm.example")
        self.assertEqual(self.warning(self.stored(mailbox, PASS + RECEIVED + MAIL.format(FAIL))), "")

    def test_pictures_of_an_allowed_sender_stay_out_when_it_may_be_somebody_else(self):
        mailbox = self.make_mailbox(host="imap.firm.example")
        html = 'Content-Type: text/html\r\n\r\n<img src="https://pictures.example/p.gif">'
        good, bad = (text + MAIL.partition("{}")[0] + html for text in (PASS, FAIL))
        message = self.stored(mailbox, good)
        message.allow_remote_sender()
        message.invalidate_recordset()
        self.assertTrue(message.preview_info["remote"]["allowed"])
        remote = self.stored(self.make_mailbox(host="imap.firm.example"), bad).preview_info["remote"]
        self.assertEqual((remote["count"], remote["allowed"], remote["sender"]), (1, False, ""))
