"""A real browser, and a person in front of it who signs in at the identity server."""

from unittest.mock import patch

from odoo.tests.common import ChromeBrowser

from .browser import BrowserCase
from .oauth import OauthCase

# Fills the form of the identity server as a person would, in whatever window it appears.
PERSON = """
if (location.origin === %(authority)r) {
    addEventListener("DOMContentLoaded", () => {
        const form = document.forms[0];
        form.elements.account.value = %(account)r;
        form.elements.password.value = %(password)r;
        form.querySelector("button[name=sign_in]").click();
    });
}
"""


class OauthBrowserCase(OauthCase, BrowserCase):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        self.anna.lang = "en_US"
        # The name that Odoo's browser tests log in with is the password too.
        self.anna.password = self.anna.login

    def start(self, mailbox, tour):
        """Run a tour that begins with the properties of a mailbox."""
        script = PERSON % {
            "authority": self.identity.authority,
            "account": self.account.address,
            "password": self.account.password,
        }
        authority = self.identity.authority
        real_init, real_paused = ChromeBrowser.__init__, ChromeBrowser._handle_request_paused

        def init(browser, *args, **kwargs):
            real_init(browser, *args, **kwargs)
            browser._websocket_request("Security.setIgnoreCertificateErrors", params={"ignore": True})
            browser._websocket_request("Page.addScriptToEvaluateOnNewDocument", params={"source": script})

        def paused(browser, **params):
            # Odoo's tests answer for all other servers; this one is real.
            if params["request"]["url"].startswith(authority):
                browser._websocket_send("Fetch.continueRequest", params={"requestId": params["requestId"]})
            else:
                real_paused(browser, **params)

        with (
            patch.object(ChromeBrowser, "__init__", init),
            patch.object(ChromeBrowser, "_handle_request_paused", paused),
        ):
            self.start_tour(f"/odoo/comm.mailbox/{mailbox.id}", tour, login=self.anna.login, timeout=300)
        self.env.invalidate_all()
