from odoo.tests import tagged

from .common import BrowserCase

SUITE = "@comm_folders"


def job_hash(name):
    """Return the id that Hoot gives to a suite: see ``generateHash`` in web/static/lib/hoot/hoot_utils.js."""
    number = 0
    for character in name:
        number = (number * 31 + ord(character)) & 0xFFFFFFFF
    return f"{number:08x}"


@tagged("post_install", "-at_install")
class TestHoot(BrowserCase):
    def test_unit_tests_of_the_screens(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={job_hash(SUITE)}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
