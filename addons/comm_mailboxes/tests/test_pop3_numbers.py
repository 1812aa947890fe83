from odoo.tests import tagged

from .test_pop3_drop import Pop3DropCase, mail


@tagged("post_install", "-at_install")
class TestPop3Numbers(Pop3DropCase):
    """Servers whose ids are nothing but the numbers of the messages, and those whose ids only look so."""

    def test_ids_that_are_just_numbers_hide_no_mail_of_the_same_size(self):
        mailbox = self.make_pop3()

        def show(*names):
            self.server.drop = [[str(at), mail(name, route=route)] for at, name in enumerate(names, 1)]
            return mailbox.fetch_mail()

        for route in (True, False):
            with self.subTest(route):
                names = [f"{route}-{number}" for number in range(7)]
                self.assertEqual(show(*names[:4]), 4)
                self.assertEqual(show(*names[:4]), 0)
                self.assertEqual(show(*names[1:5]), 1)
                self.assertEqual(show(*names[2:6]), 1)
                self.assertEqual(show(*names[4:6]), 0)
                mailbox.pop3_leave = "delete"
                mailbox.fetch_mail()
                self.assertEqual(self.server.drop, [])
                mailbox.pop3_leave = "keep"
                self.assertEqual(show(names[6]), 1)
                self.assertFalse(set(names) - set(self.subjects(mailbox)))
                self.server.drop = []
                mailbox.fetch_mail()
        self.assertEqual(len(self.messages(mailbox)), 14)

    def test_ids_that_count_are_believed(self):
        mailbox = self.make_pop3(*[[str(at), mail(f"m{at}")] for at in range(1, 4)])
        self.assertEqual(mailbox.fetch_mail(), 3)
        self.server.asked("TOP")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.server.asked("TOP"), ["3"])
        del self.server.drop[0]
        self.server.asked("RETR")
        self.assertEqual(mailbox.fetch_mail(), 0)
        self.assertEqual(self.server.asked("RETR"), [])
