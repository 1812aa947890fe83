from itertools import count

from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import CommCase


class DocumentCase(CommCase):
    """Anna's personal mailbox carries a permission group: accounting reads its documents, the archive changes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = cls.env["res.groups"]
        cls.accounting = groups.create({"name": "Accounting"})
        cls.chief_accounting = groups.create({"name": "Chief", "implied_ids": [Command.link(cls.accounting.id)]})
        cls.archive = groups.create({"name": "Archive"})
        # Users who do not even use the addon.
        cls.reader = new_test_user(cls.env, "doc_reader", groups="base.group_user")
        cls.chief = new_test_user(cls.env, "doc_chief", groups="base.group_user")
        cls.writer = new_test_user(cls.env, "doc_writer", groups="base.group_user")
        cls.reader.group_ids += cls.accounting
        cls.chief.group_ids += cls.chief_accounting
        cls.writer.group_ids += cls.archive
        cls.documents_group = cls.env["comm.attachment.group"].create(
            {
                "name": "Invoices",
                "line_ids": [
                    Command.create({"group_id": cls.accounting.id, "access": "read"}),
                    Command.create({"group_id": cls.archive.id, "access": "write"}),
                ],
            }
        )

    def setUp(self):
        super().setUp()
        self.numbers = count()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"))
        self.mailbox = self.make_mailbox(attachment_group_id=self.documents_group.id).with_env(self.env)
        self.message = self.make_message(self.mailbox, email_from="boss@example.com", date="2026-11-02 09:00:00")
        self.document = self.attach(self.message)

    def attach(self, message, how_many=1, **vals):
        return self.env["ir.attachment"].create(
            [
                {
                    "name": f"{next(self.numbers)}.pdf",
                    "raw": b"%PDF",
                    "res_model": "comm.message",
                    "res_id": message.id,
                    **vals,
                }
                for _n in range(how_many)
            ]
        )

    def can(self, user, attachment, operation):
        """Whether ``user`` may, by the check of access and, for reading, by both ways to search as well."""
        found = attachment.with_user(user).has_access(operation)
        if operation == "read":
            attachments = self.env["ir.attachment"].with_user(user)
            by_id = [("id", "=", attachment.id)]
            by_model = [("res_model", "=", "comm.message"), ("name", "=", attachment.name)]
            by_models = [("res_model", "in", ["comm.message", "res.partner"]), ("name", "=", attachment.name)]
            for domain in (by_id, by_id + by_model, by_model, by_models):
                self.assertEqual(attachment in attachments.search(domain), found, domain)
                self.assertEqual(attachments.search_count(domain) > 0, found, domain)
        return found
