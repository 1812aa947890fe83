from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models.comm_mailbox_lease import REFUSALS_BEFORE_STOP
from .oauth import SECRET, OauthCase

LOGGER = "odoo.addons.comm_mailboxes.models.comm_mailbox_event"


@tagged("post_install", "-at_install")
class TestOauthStopped(OauthCase):
    """What stops the automatic fetch of a mailbox that signs in by OAuth 2.0, what is said of it, and what ends it."""

    def setUp(self):
        super().setUp()
        # A failed visit is undone as a savepoint of the test, with the tokens that were stored meanwhile. So the old refresh
        # token stays good here, as it does at Microsoft.
        books = type(self.book)
        real = books.take

        def take(book, value, *args, **options):
            kept = book.tokens.get(value)
            token = real(book, value, *args, **options)
            book.tokens[value] = kept
            return token

        self.enterContext(patch.object(books, "take", take))

    def refuse(self, mailbox, times=REFUSALS_BEFORE_STOP):
        for _time in range(times):
            with mute_logger(LOGGER):
                self.assertTrue(self.failure_of(mailbox.fetch_mail))
        mailbox.invalidate_recordset()
        self.assertTrue(mailbox.fetch_stopped)

    def shown(self, mailbox, text):
        """Return what the form says of ``mailbox``, of its sentences with ``text``."""
        arch = etree.fromstring(self.env["comm.mailbox"].get_view(view_type="form")["arch"])
        names = ("auth_method", "fetch_stopped", "oauth_app_only", "oauth_signed_in", "oauth_ended", "oauth_account")
        values = {name: mailbox[name] for name in names}
        found = [" ".join("".join(node.itertext()).split()) for node in arch.xpath("//div[not(descendant::div)]")
                 if text in "".join(node.itertext())
                 and not safe_eval(node.get("invisible", "False"), {**values, "next_fetch": False})]  # fmt: skip
        return found

    def test_an_address_that_is_corrected_is_tried_at_once_with_the_tokens_there_are(self):
        """Without a login, the address is the mailbox that the token is to open."""
        mailbox = self.make_oauth_mailbox(email="wrong@lab.test", oauth_user=self.account.address, auto_fetch=True)
        self.sign_in(mailbox)
        self.refuse(mailbox)
        self.assertFalse(mailbox.oauth_ended, "the access is good; it is the mailbox that it does not open")
        [text] = self.shown(mailbox, "Automatic fetch stopped")
        self.assertIn("Correct the settings", text)
        self.assertIn("Correct the settings", self.activities(mailbox).note)
        mailbox.email = self.account.address
        self.assertFalse(mailbox.fetch_stopped)
        self.assertIn(mailbox.sudo().lease_ids, self.env["comm.mailbox.lease"]._due())
        self.deliver("Hello")
        self.assertEqual(mailbox.fetch_mail(), 1)
        self.assertFalse(mailbox.oauth_ended)

    def test_another_account_that_signs_in_is_tried_at_once(self):
        mailbox = self.make_oauth_mailbox(email="wrong@lab.test", oauth_user=self.account.address, auto_fetch=True)
        self.sign_in(mailbox)
        self.refuse(mailbox)
        mailbox.oauth_user = False
        self.assertFalse(mailbox.fetch_stopped)

    def test_only_a_sign_in_that_is_needed_reads_as_ended(self):
        mailbox = self.make_oauth_mailbox(email="wrong@lab.test", oauth_user=self.account.address, auto_fetch=True)
        self.sign_in(mailbox)
        self.book.revoke(self.account.address)
        self.refuse(mailbox, 1)
        self.assertTrue(mailbox.oauth_ended)
        [text] = self.shown(mailbox, "Automatic fetch stopped")
        self.assertIn("somebody has signed in again", text)
        self.assertIn("somebody has signed in again", self.activities(mailbox).note)
        self.sign_in(mailbox)
        self.refuse(mailbox)
        self.assertFalse(mailbox.oauth_ended)

    def test_where_the_application_signs_in_nobody_is_told_to_sign_in(self):
        shared = self.lab.account("shared-2")
        self.book.register("daemon-stopped", secret=SECRET, mailboxes=[shared.address])
        mailbox = self.make_oauth_mailbox(account=shared)
        values = {**mailbox.copy_data()[0], "scope": "shared", "client_id": "daemon-stopped", "tenant": "lab.test"}
        values |= {"client_secret": "wrong", "oauth_app_only": True, "auto_fetch": True}
        mailbox = self.env["comm.mailbox"].with_user(self.admin).create(values)
        mailbox.member_ids = [fields.Command.create({"user_id": self.admin.id, "access": "write"})]
        self.refuse(mailbox, 1)
        for text in (*self.shown(mailbox, "Automatic fetch stopped"), self.activities(mailbox).note):
            self.assertIn("has entered a new client secret or corrected the settings", text)
            self.assertNotIn("has signed in again", text)
        self.assertEqual(len(self.shown(mailbox, "Automatic fetch stopped")), 1)
        self.deliver("Hello", account=shared)
        mailbox.client_secret = SECRET
        self.assertFalse(mailbox.fetch_stopped)
        self.assertEqual(mailbox.fetch_mail(), 1)
