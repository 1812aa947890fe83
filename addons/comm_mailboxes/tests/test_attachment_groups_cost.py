from odoo.tests import tagged

from .common import LabCase
from .documents import DocumentCase
from .test_fetch import ATTACHED

MANY = 40
BROKEN = b'Subject: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Ty'


@tagged("post_install", "-at_install")
class TestAttachmentGroupsCost(DocumentCase):
    """However many documents there are, the number of queries stays the same, and it is that of plain attachments."""

    def queries(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def ways(self, user, domain):
        attachments = self.env["ir.attachment"].with_user(user)
        return {
            "search by model": lambda: attachments.search([("res_model", "=", "comm.message")]).mapped("name"),
            "search by id": lambda: attachments.search(domain).mapped("name"),
            "count": lambda: attachments.search_count([("res_model", "=", "comm.message")]),
            "read": lambda: attachments.browse(self.env["ir.attachment"].search(domain).ids).read(
                ["name", "comm_subject"]
            ),
            "access": lambda: attachments.browse(self.env["ir.attachment"].search(domain).ids).check_access("read"),
        }

    def test_reading_many_costs_as_many_queries_as_reading_one(self):
        many = self.attach(self.make_message(self.mailbox), MANY)
        for user in (self.reader, self.anna):
            few, lots = (self.ways(user, [("id", "in", records.ids)]) for records in (self.document, many))
            for name, action in few.items():
                action()  # fills the caches of groups, rules and rights
                with self.subTest(f"{user.login} {name}"):
                    self.assertEqual(self.queries(lots[name]), self.queries(action))

    def test_permission_groups_cost_one_query_at_most(self):
        partner = self.env["res.partner"].create({"name": "Partner"})
        plain = self.env["ir.attachment"].create(
            {"name": "p", "raw": b"1", "res_model": "res.partner", "res_id": partner.id}
        )
        for label, attachment, user, model in (
            ("document by group", self.document, self.reader, "comm.message"),
            ("document by mailbox", self.document, self.anna, "comm.message"),
        ):
            for way, domain in (("model", [("res_model", "=", model)]), ("id", [("id", "=", attachment.id)])):
                base = [("res_model", "=", "res.partner")] if way == "model" else [("id", "=", plain.id)]
                attachments = self.env["ir.attachment"].with_user(user)
                actions = [lambda a=attachments, d=d: a.search(d).mapped("name") for d in (base, domain)]
                for action in actions:
                    action()
                with self.subTest(f"{label}, {way}"):
                    cost, own = (self.queries(action) for action in actions)
                    self.assertLessEqual(own, cost + 1)

    def test_changing_the_group_of_a_mailbox_is_one_statement_for_all_documents(self):
        other = self.documents_group.copy()
        one = self.queries(lambda: self.mailbox.write({"attachment_group_id": other.id}))
        self.attach(self.message, MANY)
        many = self.queries(lambda: self.mailbox.write({"attachment_group_id": self.documents_group.id}))
        self.assertEqual(many, one)

    def test_arriving_with_a_group_costs_one_query_a_batch(self):
        def arrive(how_many, message):
            return self.queries(lambda: self.attach(message, how_many))

        def arrive_plain(count):
            rows = [
                {"name": f"{n}", "raw": b"%d" % n, "res_model": "res.partner", "res_id": partner.id}
                for n in range(count)
            ]
            return self.queries(lambda: self.env["ir.attachment"].create(rows))

        partner = self.env["res.partner"].create({"name": "Partner"})
        # The first of each fills caches.
        arrive(1, self.message)
        arrive_plain(1)
        plain = [arrive_plain(count) for count in (1, MANY)]
        self.assertEqual(
            [arrive(count, self.message) - cost for count, cost in zip((1, MANY), plain, strict=True)], [1, 1]
        )


@tagged("post_install", "-at_install")
class TestAttachmentGroupsImport(LabCase):
    def test_imported_documents_carry_the_group_and_pictures_of_the_body_do_not(self):
        group = self.env["comm.attachment.group"].create({"name": "Invoices"})
        self.lab.deliver(self.account.address, ATTACHED)
        mailbox = self.make_lab_mailbox(attachment_group_id=group.id)
        mailbox.fetch_mail()
        message = self.messages(mailbox)
        self.assertEqual(
            {part.name: (part.comm_attachment_group_id, part.comm_date) for part in message.attachment_ids},
            {"logo.png": (group.browse(), message.date), "page.html": (group, message.date)},
        )

    def test_the_source_of_a_broken_mail_carries_none(self):
        group = self.env["comm.attachment.group"].create({"name": "Invoices"})
        self.lab.deliver(self.account.address, BROKEN)
        mailbox = self.make_lab_mailbox(attachment_group_id=group.id)
        mailbox.fetch_mail()
        message = self.messages(mailbox)
        self.assertTrue(message.defect)
        self.assertTrue(message.attachment_ids.filtered("comm_is_source"))
        self.assertFalse(message.attachment_ids.filtered("comm_is_source").comm_attachment_group_id)
