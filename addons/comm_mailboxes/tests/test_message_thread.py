import itertools
import random

from odoo.tests import tagged

from .common import CommCase, SyncCase

CHAIN = ("a", "b", "c", "d", "e")


@tagged("post_install", "-at_install")
class TestMessageThread(CommCase):
    """Which messages are one conversation, whatever order they come in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.make_mailbox(cls)
        cls.folder = cls.env["comm.folder"].create({"mailbox_id": cls.office.id, "name": "INBOX", "role": "inbox"})

    def mail(self, name, parent=None, above=(), **vals):
        return {
            "folder_id": self.folder.id,
            "mailbox_id": self.office.id,
            "subject": "Kitchen",
            "message_id": f"<{name}@example.com>",
            "in_reply_to": parent and f"<{parent}@example.com>",
            "references": " ".join(f"<{each}@example.com>" for each in above) or False,
            **vals,
        }

    def store(self, *mails):
        return self.env["comm.message"].create(list(mails))

    def groups(self, messages):
        """Return the conversations as a set of sets of the first letters of Message-IDs."""
        messages.invalidate_recordset()
        return {
            frozenset(message.message_id[1] for message in joined) for joined in messages.grouped("thread_key").values()
        }

    def chain(self):
        return [
            self.mail(name, CHAIN[number - 1] if number else None, CHAIN[:number]) for number, name in enumerate(CHAIN)
        ]

    def test_answers_are_joined_in_whatever_order_they_come(self):
        for order in list(itertools.permutations(range(3))):
            with self.subTest(order):
                mails = [self.mail("a"), self.mail("b", "a", ["a"]), self.mail("c", "b", ["a", "b"])]
                messages = self.env["comm.message"]
                for number in order:
                    messages |= self.store(mails[number])
                self.assertEqual(self.groups(messages), {frozenset("abc")})
                messages.unlink()

    def test_answers_that_name_their_parent_alone(self):
        for order in list(itertools.permutations(range(4))):
            with self.subTest(order):
                tag = "".join(map(str, order))
                names = [f"{letter}{tag}" for letter in "abcd"]
                mails = [self.mail(name, names[number - 1] if number else None) for number, name in enumerate(names)]
                messages = self.env["comm.message"]
                for number in order:
                    messages |= self.store(mails[number])
                self.assertEqual(self.groups(messages), {frozenset("abcd")})

    def test_in_one_batch_or_in_several(self):
        shuffled = random.Random(7)
        for size in (1, 2, 5):
            mails = self.chain()
            shuffled.shuffle(mails)
            messages = self.env["comm.message"]
            for start in range(0, len(mails), size):
                messages |= self.store(*mails[start : start + size])
            with self.subTest(size):
                self.assertEqual(self.groups(messages), {frozenset("abcde")})

    def test_answers_to_a_mail_that_never_comes(self):
        messages = self.store(self.mail("b", "a"), self.mail("c", "b", ["a", "b"]), self.mail("x"))
        messages |= self.store(self.mail("d", "a"))
        self.assertEqual(self.groups(messages), {frozenset("bcd"), frozenset("x")})

    def test_one_that_connects_two_conversations_makes_them_one(self):
        first = self.store(self.mail("a"), self.mail("b", "a"))
        second = self.store(self.mail("x"), self.mail("y", "x"))
        self.assertEqual(len(self.groups(first | second)), 2)
        joined = first | second | self.store(self.mail("z", "y", ["b", "x", "y"]))
        self.assertEqual(self.groups(joined), {frozenset("abxyz")})
        # The references follow, too.
        self.assertEqual(self.groups(joined | self.store(self.mail("c", "a"))), {frozenset("abcxyz")})

    def test_a_like_subject_joins_nothing(self):
        messages = self.store(self.mail("a", subject="Invoice"), self.mail("b", subject="Re: Invoice"))
        messages |= self.store({**self.mail("c"), "message_id": False}, {**self.mail("d"), "message_id": False})
        self.assertEqual(len(set(messages.mapped("thread_key"))), 4)

    def test_copies_belong_together_and_mailboxes_do_not(self):
        other = self.make_mailbox(name="Other")
        folder = self.env["comm.folder"].create({"mailbox_id": other.id, "name": "INBOX", "role": "inbox"})
        one, copy = self.store(self.mail("a"), self.mail("a"))
        foreign = self.store(self.mail("b", "a", folder_id=folder.id, mailbox_id=other.id))
        self.assertEqual(one.thread_key, copy.thread_key)
        self.assertNotEqual(one.thread_key, foreign.thread_key)

    def test_what_is_learned_later_joins_later(self):
        one, other = self.store(self.mail("a"), self.mail("b"))
        self.assertNotEqual(one.thread_key, other.thread_key)
        other.with_context(comm_sync=True).write({"in_reply_to": "<a@example.com>"})
        self.assertEqual(one.thread_key, other.thread_key)

    def test_odd_headers(self):
        messages = self.store(
            self.mail("a", references="no id <> < > <with blank @example.com> \n<a@example.com>\t"),
            self.mail("b", in_reply_to="Your mail of Monday <a@example.com> (Anna)"),
            self.mail("c", references="<a@example.com>" + "".join(f"<{n}@x>" for n in range(5000))),
        )
        self.assertEqual(self.groups(messages), {frozenset("abc")})
        self.assertLess(self.env["comm.message.reference"].search_count([]), 100)

    def test_messages_from_before_there_were_conversations(self):
        messages = self.store(*self.chain(), self.mail("x"))
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_message SET thread_key = NULL WHERE id = ANY(%s)", [messages.ids])
        self.env.cr.execute("DELETE FROM comm_message_reference")
        self.env["comm.message"]._join_all_threads()
        self.assertEqual(self.groups(messages), {frozenset("abcde"), frozenset("x")})

    def test_statements_do_not_grow_with_messages(self):
        self.store(self.mail("warm"))
        for count in (3, 300):
            mails = [
                (self.office.id, {number, number + 1, 7_000_000 + count})
                for number in range(count * 1000, count * 1001)
            ]
            with self.subTest(count), self.assertQueryCount(3):
                self.env["comm.message"]._thread_keys(mails)


@tagged("post_install", "-at_install")
class TestThreadOfFetchedMail(SyncCase):
    def test_fetched_answers_are_joined(self):
        for name, parent in (("a", ""), ("b", "<a@example.com>"), ("c", "<b@example.com>"), ("x", "")):
            raw = (
                f"From: Sender <sender@example.com>\r\nSubject: Of {name}\r\nMessage-ID: <{name}@example.com>\r\n"
                f"Date: Mon, 02 Nov 2026 10:00:00 +0100\r\nIn-Reply-To: {parent}\r\n\r\nText\r\n"
            )
            self.lab.deliver(self.account.address, raw.encode())
        mailbox = self.make_synced()
        keys = [self.message(mailbox, f"Of {name}").thread_key for name in "abcx"]
        self.assertEqual(len(set(keys[:3])), 1)
        self.assertNotIn(keys[3], keys[:3])
