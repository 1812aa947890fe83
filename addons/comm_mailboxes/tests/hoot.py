import unittest

from odoo.tests import HttpCase


def _job_hash(name):
    """Return the id that Hoot gives to a suite: see ``generateHash`` in web/static/lib/hoot/hoot_utils.js."""
    number = 0
    for character in name:
        number = (number * 31 + ord(character)) & 0xFFFFFFFF
    return f"{number:08x}"


class HootCase(HttpCase):
    """Runs unit tests of the screens in a real browser."""

    def run_suite(self, name):
        try:
            self.browser_js(
                f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={_job_hash(name)}",
                "",
                "",
                login="admin",
                timeout=300,
                success_signal="[HOOT] Test suite succeeded",
                error_checker=lambda message: "[HOOT]" not in message,
            )
        except unittest.SkipTest as reason:
            # Odoo skips when it finds no browser; nobody would notice that nothing was tried.
            self.fail(f"The tests need a browser: {reason}")
