import json
from email.message import EmailMessage

from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import LabCase

ATTACHMENT = "%PDF-1.4 nine thousand four hundred"
TOUR = "comm_folders.walking_product"


@tagged("post_install", "-at_install")
class TestTour(LabCase, BrowserCase):
    """The whole way of a new user, in a real browser and against a real mail server."""

    def setUp(self):
        super().setUp()
        # The steps look for English texts, also in a database that was made in another language.
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.lang = "en_US"
        self.deliver("Plain")
        self.lab.deliver(self.account.address, self.offer())
        self.deliver("Filed", folder="Küche & Bäder")

    def offer(self):
        mail = EmailMessage()
        mail["From"] = "Jörg Müller <joerg@example.com>"
        mail["To"] = self.account.address
        mail["Subject"] = "Angebot für Ihre Küche"
        mail["Date"] = "Mon, 02 Nov 2026 11:00:00 +0100"
        mail["Message-ID"] = "<offer-7@example.com>"
        mail.set_content("Gesamtpreis: 9.400 €")
        mail.add_alternative(
            "<p>Gesamtpreis: 9.400 €</p><script>alert(1)</script><img src=x onerror=alert(2)>"
            "<form action=/><input></form>",
            subtype="html",
        )
        mail.add_attachment(ATTACHMENT.encode(), maintype="application", subtype="pdf", filename="Angebot Nr. 7.pdf")
        return mail.as_bytes()

    def start_tour_with_lab(self, tour):
        facts = {
            "host": self.lab.host,
            "port": self.lab.ports["imap"],
            "login": self.account.address,
            "password": self.account.password,
            "attachment": ATTACHMENT,
        }
        # The steps are made when the browser asks whether the tour is ready, so they find it then.
        ready = f"sessionStorage.setItem('comm_tour_lab', {json.dumps(json.dumps(facts))}), odoo.isTourReady({tour!r})"
        self.start_tour("/odoo", tour, login=self.anna.login, timeout=180, ready=ready)

    def test_from_a_new_mailbox_to_a_read_mail(self):
        self.start_tour_with_lab(TOUR)

        mailbox = self.env["comm.mailbox"].search([("user_id", "=", self.anna.id)])
        self.assertRecordValues(mailbox, [{"name": "Desk", "state": "ok", "security": "starttls", "unread_count": 1}])
        self.assertEqual(self.env["comm.structure.entry"].search([("mailbox_id", "=", mailbox.id)]).user_id, self.anna)
        offer = self.messages(mailbox).filtered("has_attachment")
        self.assertRecordValues(offer, [{"subject": "Angebot für Ihre Küche", "is_seen": True}])
