import unittest
from urllib.parse import quote

from odoo import SUPERUSER_ID
from odoo.tests import HttpCase


class BrowserCase(HttpCase):
    """Odoo skips what needs a browser when there is none; nobody would notice that our screens were not tried."""

    # Requests take turns in tests, and who waits longer than this gets an error page. One that makes a bundle of scripts takes
    # more than Odoo's 20 seconds on a busy machine.
    test_cursor_lock_timeout = 180
    # What the first page needs before a tour may start, for which Odoo waits 60 seconds.
    bundles = ("web.assets_web", "web.assets_tests")

    def make_bundles(self):
        """Make them before the browser asks for them: in nobody's way, and however long it takes."""
        for name in self.bundles:
            bundle = self.env["ir.qweb"].with_user(SUPERUSER_ID)._get_asset_bundle(name)
            bundle.js()
            bundle.css()

    def browser_js(self, *args, **kwargs):
        self.make_bundles()
        try:
            return super().browser_js(*args, **kwargs)
        except unittest.SkipTest as reason:
            self.fail(f"This test needs a browser: {reason}")


class HootCase(BrowserCase):
    """Runs unit tests of the screens."""

    bundles = ("web.assets_unit_tests_setup", "web.assets_unit_tests")

    def run_suite(self, addon):
        """Run every ``*.test.js`` of an addon.

        By a filter: asked for by its id, Odoo's runner leaves a suite after the first file.
        """
        pattern = quote(rf"/^@{addon}\b/")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=60000&filter={pattern}",
            "",
            "",
            login="admin",
            # Against hanging only: a busy machine may take its time.
            timeout=900,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
