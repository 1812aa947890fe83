import unittest
from urllib.parse import quote

from odoo.tests import HttpCase


class BrowserCase(HttpCase):
    """Odoo skips what needs a browser when there is none; nobody would notice that our screens were not tried."""

    def browser_js(self, *args, **kwargs):
        try:
            return super().browser_js(*args, **kwargs)
        except unittest.SkipTest as reason:
            self.fail(f"This test needs a browser: {reason}")


class HootCase(BrowserCase):
    """Runs unit tests of the screens."""

    def run_suite(self, addon):
        """Run every ``*.test.js`` of an addon.

        By a filter: asked for by its id, Odoo's runner leaves a suite after the first file.
        """
        pattern = quote(rf"/^@{addon}\b/")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter={pattern}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
