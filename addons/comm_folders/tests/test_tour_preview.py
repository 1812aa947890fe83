import base64
from email.message import EmailMessage

from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import SyncCase

TOUR = "comm_folders.preview"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >> endobj
trailer << /Root 1 0 R >>
"""


@tagged("post_install", "-at_install")
class TestTourPreview(SyncCase, BrowserCase):
    """Files, warnings and pictures from the internet of mails that a server delivered, in a real browser."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.lang = "en_US"
        self.deliver_mail(
            "Plans",
            files=[("offer.pdf", "pdf", PDF), ("image.png", "png", PICTURE), ("image.png", "png", PICTURE + b"2")],
        )
        self.deliver_mail(
            "Your account",
            sender='"service@bank.example" <x@evil.example>',
            html='<a href="https://evil.example/login">https://bank.example/login</a>',
            check=f"{self.lab.host}; dmarc=fail",
        )
        self.deliver_mail(
            "Offers", sender="News <news@shop.example>", html='<img src="https://pictures.invalid/p.gif">'
        )
        self.mailbox = self.make_synced()
        self.env["comm.structure.entry"].with_user(self.anna).insert(
            "personal", {"mailbox_id": self.mailbox.id}, False, "after"
        )

    def deliver_mail(self, subject, *, sender="Joerg <joerg@example.com>", html="", files=(), check=""):
        mail = EmailMessage()
        if check:
            mail["Authentication-Results"] = check
        mail["From"] = sender
        mail["To"] = self.account.address
        mail["Subject"] = subject
        mail["Date"] = "Mon, 02 Nov 2026 11:00:00 +0100"
        mail["Message-ID"] = f"<{subject.replace(' ', '-')}@example.com>"
        mail.set_content("Text")
        if html:
            mail.add_alternative(html, subtype="html")
        for name, subtype, content in files:
            main = "application" if subtype == "pdf" else "image"
            mail.add_attachment(content, maintype=main, subtype=subtype, filename=name)
        self.lab.deliver(self.account.address, mail.as_bytes())

    def test_what_the_preview_shows_and_warns_of(self):
        self.start_tour("/odoo", TOUR, login=self.anna.login, timeout=180)

        self.assertEqual(self.env["comm.remote.sender"].search([]).mapped("email"), ["news@shop.example"])
