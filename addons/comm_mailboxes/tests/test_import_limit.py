from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .operations import OperationCase


@tagged("post_install", "-at_install")
class TestImportLimit(OperationCase):
    def test_it_has_a_size(self):
        with self.assertRaises(UserError):
            self.env.company.comm_import_limit = -1

    def test_a_message_of_which_only_the_header_came_says_how_large_it_is(self):
        self.message.sudo().write({"is_partial": True, "size": 123_456_789})
        self.assertIn("123.5 MB", self.message.partial_text)
        self.assertFalse(self.messages[1].partial_text)

    def test_only_who_may_read_the_mail_loads_it(self):
        self.message.sudo().is_partial = True
        with self.assertRaises(AccessError):
            self.message.with_user(self.admin).load_from_server()
        # Nothing is missing: no server is asked (this mailbox has none).
        self.messages[1].load_from_server()
