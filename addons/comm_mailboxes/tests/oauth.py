"""What the tests of OAuth 2.0 share."""

import json
import re
import ssl
import urllib.error
import urllib.request
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from odoo.tests import HttpCase
from odoo.tools import config

from .common import LabCase

CALLBACK = "/comm_mailboxes/oauth/callback"
SECRET = "s3cret-of-the-application"


class OauthCase(LabCase):
    """Mailboxes that sign in at the lab's identity server, and a browser that passes its page."""

    def setUp(self):
        super().setUp()
        self.identity = self.lab.identity
        self.identity.reset()
        self.addCleanup(self.identity.reset)
        self.book = self.identity.book
        self.enterContext(patch.dict(config.options, {"comm_mailboxes_oauth_hosts": "localhost"}))

    def make_oauth_mailbox(self, user=None, account=None, **vals):
        from lab.identity import CLIENT_ID  # noqa: PLC0415 (below tests/)

        account = account or self.account
        ports = {"imap": "imaps", "pop3": "pop3s", "smtp": "submissions"}
        return self.make_mailbox(
            user,
            **{
                "host": self.lab.host,
                "port": self.lab.ports[ports[vals.get("kind", "imap")]],
                "security": "tls",
                "email": account.address,
                "auth_method": "oauth2",
                "client_id": CLIENT_ID,
                "oauth_authority": self.identity.authority,
                **vals,
            },
        )

    def sign_in(self, mailbox, account=None):
        """Sign in with a code, as a person at another device; return the last answer."""
        account = account or self.account
        # The sign-in is stored in a transaction of its own, which sees what is in the database.
        self.env.flush_all()
        begun = mailbox.oauth_begin_device()
        self.browse(begun["address"], user_code=begun["user_code"], account=account.address, password=account.password)
        return mailbox.oauth_poll_device(begun["key"])

    def browse(self, address, **form):
        """Open a page as a browser; return where it leads, or its text."""
        context = ssl.create_default_context(cafile=str(self.lab.ca_file))
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _NoRedirect())
        try:
            answer = opener.open(address, urlencode(form).encode() if form else None, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.headers.get("Location") or answer.read().decode()

    def pass_page(self, address, account=None, **more):
        """Sign in on the identity server's page; return the address that it leads back to."""
        account = account or self.account
        form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.browse(address)))
        form |= {"account": account.address, "password": account.password, **(more or {"sign_in": "1"})}
        return self.browse(address.partition("?")[0].replace("authorize", "login"), **form)

    def secret(self, mailbox, kind="tokens"):
        return self.env["comm.mailbox.secret"].search([("mailbox_id", "=", mailbox.id), ("kind", "=", kind)])

    def activities(self, mailbox):
        return self.env["mail.activity"].search([("res_model", "=", "comm.mailbox"), ("res_id", "=", mailbox.id)])


class OauthHttpCase(OauthCase, HttpCase):
    """Anna in her browser."""

    def setUp(self):
        super().setUp()
        for user in (self.anna, self.ben):
            user.password = user.login
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        self.mailbox = self.make_oauth_mailbox()
        self.authenticate(self.anna.login, self.anna.login)

    def call(self, method, *args, mailbox=None):
        answer = self.ask(method, *args, mailbox=mailbox)
        return answer.get("result") or answer["error"]["data"]["message"]

    def ask(self, method, *args, mailbox=None):
        return self.url_open(
            f"/web/dataset/call_kw/comm.mailbox/{method}",
            data=json.dumps(
                {
                    "params": {
                        "model": "comm.mailbox",
                        "method": method,
                        "args": [[(mailbox or self.mailbox).id], *args],
                        "kwargs": {},
                    }
                }
            ),
            headers={"Content-Type": "application/json"},
        ).json()

    def come_back(self, address, **headers):
        """Follow the identity server's redirection, whatever base address it has."""
        self.assertIn(CALLBACK, address)
        parts = urlsplit(address)
        return self.url_open(f"{CALLBACK}?{parts.query}", headers=headers, allow_redirects=False)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None
