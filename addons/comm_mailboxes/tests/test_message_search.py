from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.comm_mailboxes.models import comm_message_search_waiting as waiting

from .common import CommCase

MAILS = {
    "offer": {
        "subject": "Angebot für Ihre Küche",
        "email_from": '"Jörg Müller" <joerg.mueller@example.com>',
        "email_to": "anna@example.org",
        "body_text": "Anbei die Rechnungen und the delivered goods. Gesamtpreis 9.400 €.",
        "has_attachment": True,
        "date": "2026-11-02 23:30:00",
    },
    "travel": {
        "subject": "Travelling to Oslo",
        "email_from": "ben@example.net",
        "email_to": "info@example.org, Jörg Müller <joerg.mueller@example.com>",
        "body_html": "<p>Flights and <b>hotels</b></p>",
        "is_seen": True,
        "date": "2026-10-01 10:00:00",
    },
}


@tagged("post_install", "-at_install")
class TestMessageSearch(CommCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Search = cls.env["comm.message.search"]
        cls.office = cls.make_mailbox(cls).with_env(cls.env)
        cls.mails = {name: cls.make_message(cls, cls.office, **vals) for name, vals in MAILS.items()}
        cls.env["ir.attachment"].create(
            {"name": "Aufmaß_Plan-7.pdf", "res_model": "comm.message", "res_id": cls.mails["offer"].id, "raw": b"x"}
        )

    def index(self):
        while self.Search._index_batch():
            pass

    def find(self, text, mailboxes=None, tz="UTC"):
        self.env.flush_all()
        mailbox_ids = (mailboxes or self.office).ids
        rows = self.env.execute_query(
            SQL(
                "SELECT message.id FROM comm_message AS message WHERE mailbox_id = ANY(%s) AND %s",
                mailbox_ids,
                self.Search._condition(text, mailbox_ids, tz),
            )
        )
        found = {message_id for (message_id,) in rows}
        return " ".join(sorted(name for name, mail in self.mails.items() if mail.id in found))

    def test_words(self):
        self.index()
        for text, expected in (
            ("küche", "offer"),
            ("KÜCHE angebot", "offer"),
            # Begun, and in its other forms, in both languages.
            ("küc", "offer"),
            ("rechnung", "offer"),
            ("delivering", "offer"),
            ("travel", "travel"),
            ("flight hotel", "travel"),
            ("9.400", "offer"),
            # Addresses whole and in parts, names of files too.
            ("joerg.mueller@example.com", "offer travel"),
            ("mueller", "offer travel"),
            ("example.net", "travel"),
            ("aufmaß", "offer"),
            ("Aufmaß_Plan-7.pdf", "offer"),
            ("pdf plan", "offer"),
            ("küche hotel", ""),
            ("nowhere", ""),
            ("-küche", "travel"),
            ("oslo -flights", ""),
            ('"jörg müller"', "offer travel"),
            # Typed without umlauts
            ("kueche", "offer"),
            ("aufmass", "offer"),
        ):
            with self.subTest(text):
                self.assertEqual(self.find(text), expected)

    def test_parts_of_addresses_in_the_text(self):
        self.mails["travel"].with_context(
            comm_sync=True
        ).body_html = "<p>See https://www.fjord.example/boats?id=7 or ask kari@boats.example</p>"
        for _turn in range(2):
            for text in ("fjord.example", "boats", "boats.example", "kari", "https://www.fjord.example/boats?id=7"):
                with self.subTest(text):
                    self.assertEqual(self.find(text), "travel")
            self.index()

    def test_what_only_the_html_says(self):
        """The plain text of a newsletter may say nothing but that there is HTML."""
        self.mails["offer"].with_context(comm_sync=True).body_html = "<p>Unser <b>Lattenrost</b>, aus Buche</p>"
        for _turn in range(2):
            for text in ("lattenrost", "gesamtpreis", "lattenrost gesamtpreis", '"lattenrost , aus"'):
                with self.subTest(text):
                    self.assertEqual(self.find(text), "offer")
            self.index()

    def test_phrases(self):
        self.mails["travel"].with_context(comm_sync=True).body_html = (
            "<p>The new\n offer (7%) is a new one, an offer</p>"
            "<p title='by train'>by <b class=x>night\n<i>train</i></b></p>"
        )
        for _turn in range(2):
            for text, expected in (
                ('"new offer"', "travel"),
                ('"offer (7%)"', "travel"),
                ('"offer new"', ""),
                ('"one, an offer"', "travel"),
                ('"by night train"', "travel"),
                ('"night train"', "travel"),
                # In a tag only
                ('"by train"', ""),
                ('offer "ihre küche"', ""),
                ('subject:"ihre küche"', "offer"),
                ('subject:"new offer"', ""),
                ('-"new offer"', "offer"),
                # Its words may be there.
                ('-"offer new"', "offer travel"),
                ('travelling -"new offer"', ""),
            ):
                with self.subTest(text):
                    self.assertEqual(self.find(text), expected)
            self.index()

    def test_operators(self):
        self.index()
        for text, expected in (
            ("from:müller", "offer"),
            ("to:müller", "travel"),
            ("from:ben@example.net", "travel"),
            ("subject:oslo", "travel"),
            ("subject:hotels", ""),
            ("-from:müller", "travel"),
            ("has:attachment", "offer"),
            ("is:unread", "offer"),
            ("is:read müller", "travel"),
            ("-is:unread", "travel"),
            ("-is:read", "offer"),
            ("-has:attachment", "travel"),
            ("müller -has:attachments", "travel"),
            ("-is:answered", "offer travel"),
            ("is:answered", ""),
            ("-before:2026-11-01", "offer"),
            ("after:2026-11-01", "offer"),
            ("before:2026-11-01", "travel"),
            ("after:2026-10-01 before:2026-10-02", "travel"),
        ):
            with self.subTest(text):
                self.assertEqual(self.find(text), expected)

    def test_days_are_those_of_the_user(self):
        self.assertEqual(self.find("after:2026-11-03"), "")
        self.assertEqual(self.find("after:2026-11-03", tz="Europe/Berlin"), "offer")

    def test_what_is_not_indexed_yet_is_found_as_well(self):
        for text, expected in (
            ("küche", "offer"),
            ("from:müller", "offer"),
            ("to:müller", "travel"),
            ("aufmaß", "offer"),
            ("hotels", "travel"),
            ("-küche", "travel"),
            ("100%", ""),
        ):
            with self.subTest(text):
                self.assertEqual(self.find(text), expected)

    def test_what_is_not_indexed_yet_is_looked_through_once(self):
        """PostgreSQL knows nothing of a mailbox that was just imported, and did it anew for each of its messages."""
        for number in range(30):
            self.make_message(self.office, subject=f"New {number}")
        self.env.flush_all()
        condition = self.Search._condition("nowhere", self.office.ids)
        query = SQL(
            "EXPLAIN (ANALYZE, FORMAT JSON) SELECT message.id FROM comm_message AS message WHERE mailbox_id = %s AND %s",
            self.office.id,
            condition,
        )
        [[[explained]]] = self.env.execute_query(query)
        nodes = [explained["Plan"]]
        for node in nodes:
            nodes += node.get("Plans", [])
        looked = [node["Actual Loops"] for node in nodes if node.get("Relation Name") == "comm_message_search"]
        self.assertEqual(set(looked), {1}, explained)

    def test_how_many_a_search_misses(self):
        def missed(mailboxes, condition="TRUE"):
            self.env.flush_all()
            return self.Search._unsearched(mailboxes.ids, SQL(condition))

        other = self.make_mailbox(self.ben).with_env(self.env)
        for number in range(3):
            self.make_message(other, subject=f"Of others {number}")
        self.assertEqual(missed(self.office), 0)
        self.patch(waiting, "LIVE", 1)
        self.assertEqual([self.find(text) for text in ("küche", "oslo")], ["", "travel"])
        self.assertEqual([missed(self.office), missed(other), missed(self.office | other)], [1, 2, 4])
        self.assertEqual(missed(other, "message.subject = 'Of others 0'"), 1)
        self.patch(waiting, "COUNTED", 1)
        self.assertEqual([missed(self.office), missed(self.office | other)], [1, 2])
        # Long bodies are not looked through either: it is time that is bounded.
        self.patch(waiting, "LIVE", 500)
        self.patch(waiting, "LIVE_BYTES", 100)
        self.mails["offer"].with_context(comm_sync=True).body_html = f"<p>{'x' * 200}</p>"
        self.assertEqual([self.find(text) for text in ("küche", "oslo")], ["", "travel"])
        self.assertEqual(missed(self.office), 1)
        self.index()
        self.assertEqual(missed(self.office | other), 0)

    def test_who_searches_does_not_depend_on_the_scheduled_action(self):
        other = self.make_mailbox(self.ben).with_env(self.env)
        self.make_message(other)
        self.env.flush_all()
        self.patch(waiting, "LIVE", 0)
        self.assertEqual(self.find("küche"), "")
        # While it runs, as Odoo notes it, it need not be helped.
        with sql_db.db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute(
                "SELECT FROM ir_cron WHERE id = %s FOR NO KEY UPDATE",
                [self.env.ref("comm_mailboxes.ir_cron_index_messages").id],
            )
            self.assertEqual(self.Search._help_index(self.office.ids), 0)
        self.assertEqual(self.Search._help_index(self.office.ids), 2)
        self.assertEqual(self.find("küche"), "offer")
        self.assertEqual(self.Search._unsearched(other.ids, SQL("TRUE")), 1)

    def test_a_changed_message_is_indexed_again(self):
        self.index()
        self.mails["offer"].with_context(comm_sync=True).body_text = "Waschbecken"
        self.assertEqual((self.find("waschbecken"), self.find("gesamtpreis")), ("offer", ""))
        self.index()
        self.assertEqual((self.find("waschbecken"), self.find("gesamtpreis")), ("offer", ""))

    def test_marks_need_no_new_index(self):
        self.index()
        self.mails["offer"].is_seen = True
        self.assertFalse(self.Search._index_batch())

    def test_messages_from_before_there_was_a_search(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM comm_message_search")
        self.assertGreaterEqual(self.Search._note_missing(), 2)
        self.index()
        self.assertEqual(self.find("küche"), "offer")

    def test_a_word_in_other_mailboxes_is_not_found(self):
        other = self.make_mailbox(self.ben).with_env(self.env)
        self.make_message(other, subject="Küche")
        for _turn in range(2):
            self.assertEqual(self.find("küche"), "offer")
            self.index()

    def test_nothing_typed_breaks_the_query(self):
        self.index()
        for text in (
            "'",
            "''",
            "\\",
            "a\\' | b",
            "& | !",
            "(((",
            ":*",
            "a:*b",
            "%",
            "<->",
            "\0",
            "😀",
            "x" * 3000,
            "'); --",
        ):
            with self.subTest(text):
                self.find(text)
                self.find(f"from:{text}")

    def test_odd_contents_are_indexed(self):
        words = " ".join(f"word{number}" for number in range(30_000))
        odd = ("", "x" * 50_000, "' \\ : * & |", words, "😀 \u202e")
        for number, text in enumerate(odd):
            self.mails[f"odd {number}"] = self.make_message(self.office, subject=text[:200], body_text=text)
        self.index()
        self.assertEqual(self.find("word7"), "odd 3")

    def test_one_query_however_many_messages(self):
        self.index()
        for count in (1, 40):
            for _number in range(count):
                self.make_message(self.office)
            self.env.flush_all()
            with self.subTest(count), self.assertQueryCount(1):
                self.Search._index_batch()
