from odoo.tests import tagged
from odoo.tools import SQL

from ..models.comm_message import SENDER_ADDRESS
from .common import CommCase


@tagged("post_install", "-at_install")
class TestContacts(CommCase):
    """Mail is its sender's also when they become a contact later."""

    def setUp(self):
        super().setUp()
        self.mailbox = self.make_mailbox(self.anna)
        self.mail = self.make_message(self.mailbox, email_from='"Person A" <p0@THR.test>')
        self.other = self.make_message(self.mailbox, email_from="p1@thr.test")

    def make_contact(self, email="P0@thr.test", **vals):
        return self.env["res.partner"].create({"name": "Person A", "email": email, **vals})

    def test_a_new_contact_has_the_mail_that_came_before(self):
        partner = self.make_contact()
        self.assertEqual((self.mail.partner_id, self.other.partner_id), (partner, self.env["res.partner"]))

    def test_an_address_that_changes_hands_takes_its_mail_along(self):
        first = self.make_contact()
        first.email = "p1@thr.test"
        self.assertEqual((self.mail.partner_id, self.other.partner_id), (self.env["res.partner"], first))
        second = self.make_contact("p0@thr.test")
        self.assertEqual((self.mail.partner_id, self.other.partner_id), (second, first))

    def test_of_several_contacts_the_next_one_follows(self):
        first, second = self.make_contact(), self.make_contact()
        self.assertEqual(self.mail.partner_id, first)
        first.active = False
        self.assertEqual(self.mail.partner_id, second)
        first.active = True
        self.assertEqual(self.mail.partner_id, second, "it is nobody else's because somebody comes back")
        second.unlink()
        self.assertEqual(self.mail.partner_id, first)

    def test_a_contact_that_somebody_chose_stays(self):
        chosen = self.make_contact("elsewhere@thr.test")
        self.mail.partner_id = chosen
        self.make_contact()
        self.assertEqual(self.mail.partner_id, chosen)

    def test_a_name_that_looks_like_an_address_is_none(self):
        mails = self.env["comm.message"].union(
            *(
                self.make_message(self.mailbox, email_from=header)
                for header in (
                    '"p7@thr.test" <evil@thr.test>',
                    '"<p7@thr.test>" <evil@thr.test>',
                    "p7@thr.test <evil@thr.test>",
                    "x" * 5000 + "@thr.test",
                    '"' + "<" * 3000,
                    False,
                )
            )
        )
        self.make_contact("p7@thr.test")
        self.assertFalse(mails.partner_id)

    def test_contacts_of_another_company_are_not_asked(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.make_contact(company_id=company.id)
        self.assertFalse(self.mail.partner_id)

    def test_many_contacts_and_messages_take_as_many_queries_as_one(self):
        def count(number):
            for sender in range(number):
                self.make_message(self.mailbox, email_from=f"many{number}.{sender}@thr.test")
            self.env.flush_all()
            partners = self.env["res.partner"].browse()
            addresses = {f"many{number}.{sender}@thr.test" for sender in range(number)}
            before = self.cr.sql_log_count
            partners._link_messages(addresses)
            return self.cr.sql_log_count - before

        self.assertEqual(count(1), count(60))

    def test_the_index_answers(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(
            SQL("EXPLAIN SELECT id FROM comm_message WHERE %s = ANY(ARRAY['a@b.c', 'd@e.f'])", SENDER_ADDRESS)
        )
        self.assertIn("comm_message_sender_address", str(plan))
