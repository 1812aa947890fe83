from odoo.tests import tagged

from .browser import HootCase


@tagged("post_install", "-at_install")
class TestHoot(HootCase):
    def test_unit_tests_of_the_screens(self):
        self.run_suite("comm_mailboxes")
