import email
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..protocol import mime
from ..protocol.imap import FetchedMessage
from ..sync import store
from .common import CommCase
from .mime_reference import differences

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class ComposeCase(CommCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna.write({"email": "anna@home.example", "name": "Anna", "signature": "<p>Anna Ott</p>"})
        cls.inbox = cls.make_mailbox(cls, email="anna@example.com").with_env(cls.env)
        cls.out = cls.make_mailbox(cls, kind="smtp", name="Out", email="anna@example.com").with_env(cls.env)
        cls.model = cls.env["comm.message"].with_user(cls.anna)

    def incoming(self, **vals):
        return self.make_message(
            self.inbox,
            **{
                "subject": "Question",
                "email_from": '"Ben" <ben@example.com>',
                "email_to": "anna@example.com, carl@example.com",
                "email_cc": '"Dora" <dora@example.com>, anna@home.example',
                "message_id": "<q@example.com>",
                "references": "<p@example.com>",
                "date": "2026-11-24 10:00:00",
                "body_html": "<p>How much?</p>",
                **vals,
            },
        )

    def saved(self, **values):
        return self.env["comm.message"].browse(self.model.save_draft({"from_mailbox_id": self.out.id, **values}))


@tagged("post_install", "-at_install")
class TestComposeAnswers(ComposeCase):
    """What the composer begins with."""

    def test_a_new_message_has_a_from_and_its_signature(self):
        values = self.model.compose("new")
        self.assertEqual((values["from_mailbox_id"], values["email_to"], values["subject"]), (self.out.id, "", ""))
        self.assertIn("Anna Ott", values["body_html"])
        self.assertEqual([each["email"] for each in values["mailboxes"]], ['"Anna" <anna@example.com>'])
        self.out.signature = "<p>Sales</p>"
        self.assertIn("Sales", self.model.compose("new")["body_html"])

    def test_a_reply_goes_to_the_sender_in_the_thread_with_a_quote(self):
        original = self.incoming()
        values = self.model.compose("reply", original.id)
        self.assertEqual((values["email_to"], values["email_cc"]), ('"Ben" <ben@example.com>', ""))
        self.assertEqual(values["subject"], "Re: Question")
        self.assertIn('<blockquote type="cite"><p>How much?</p></blockquote>', values["body_html"])
        draft = self.saved(**values)
        self.assertEqual(draft.in_reply_to, "<q@example.com>")
        self.assertEqual(draft.references, "<p@example.com> <q@example.com>")
        self.assertFalse(original.is_answered)

    def test_the_quote_begins_with_who_wrote_it_when(self):
        self.anna.tz = "Europe/Berlin"
        self.env["res.lang"]._activate_lang("de_DE")
        cases = [
            ("reply", "de_DE", {}, "Am 24.11.2026 um 11:00 schrieb &#34;Ben&#34; &lt;ben@example.com&gt;:"),
            ("reply", "de_DE", {"date": False}, "&#34;Ben&#34; &lt;ben@example.com&gt; schrieb:"),
            ("forward", "de_DE", {}, "<b>Datum:</b> 24.11.2026 11:00<br>"),
            ("reply", "en_US", {}, "On 11/24/2026 at 11:00"),
        ]
        for mode, lang, vals, expected in cases:
            with self.subTest(expected):
                values = self.model.with_context(lang=lang).compose(mode, self.incoming(**vals).id)
                self.assertIn(expected, values["body_html"].replace("\u202f", " "))

    def test_of_answers_to_answers_nothing_is_lost(self):
        """libxml2 would drop what is nested deeper than 256 levels, and what follows it."""
        deep = "<blockquote>" * 300 + "<p>The first word</p><p>Its answer</p>" + "</blockquote>" * 300
        values = self.model.compose("reply", self.incoming(body_html=f"{deep}<p>The last word</p>").id)
        draft = self.saved(**values)
        mail = mime.read(draft.attachment_ids.filtered("comm_is_source").raw)
        for text in (draft.compose_html, mail.body_html, mail.body_text):
            with self.subTest(text[:30]):
                self.assertRegex(text, r"(?s)The first word.*\W.*Its answer.*The last word")

    def test_the_text_of_a_reply_marks_the_quote_and_the_signature(self):
        values = self.model.compose("reply", self.incoming().id)
        draft = self.saved(**values)
        for text in (values["body_text"], draft.body_text):
            lines = text.splitlines()
            self.assertIn("> How much?", lines)
            self.assertEqual(lines[lines.index("-- ") + 1], "Anna Ott")
        # RFC 3676, 4.3: the blank is still there in the mail.
        part = email.message_from_bytes(draft._source()).get_payload()[0]
        self.assertIn(b"-- \r\nAnna Ott", part.get_payload(decode=True))
        self.assertIn("> How much?", part.get_payload(decode=True).decode().splitlines())

    def test_a_reply_goes_where_the_sender_wants_it(self):
        values = self.model.compose("reply", self.incoming(email_reply_to="list@example.com").id)
        self.assertEqual(values["email_to"], "list@example.com")

    def test_the_sender_of_a_fetched_mail_says_where_a_reply_goes(self):
        """From the header on the server to the line "To" of the composer."""
        two = '"Büro" <desk@example.com>, list@example.com'
        cases = {
            "Reply-To: desk@example.com": "desk@example.com",
            "REPLY-TO:\r\n =?utf-8?q?B=C3=BCro?= <desk@example.com>,\r\n list@example.com": two,
            "reply-to : Desk: a@example.com, b@example.com;": "a@example.com, b@example.com",
            "Reply-To:": '"Ben" <ben@example.com>',
            "Reply-To: not an address": '"Ben" <ben@example.com>',
            "X-Reply-To: desk@example.com": '"Ben" <ben@example.com>',
        }
        folder = self.incoming().folder_id
        raws = [f"From: Ben <ben@example.com>\r\n{field}\r\nSubject: Hi\r\n\r\nText".encode() for field in cases]
        fetched = [FetchedMessage(uid, frozenset(), None, len(raw), raw) for uid, raw in enumerate(raws, start=101)]
        store.save(folder, [store.prepare(each) for each in fetched])
        messages = self.env["comm.message"].search([("folder_id", "=", folder.id), ("uid", ">", 100)], order="uid")
        for message, (field, to) in zip(messages, cases.items(), strict=True):
            with self.subTest(field):
                self.assertEqual(self.model.compose("reply", message.id)["email_to"], to)

    def test_a_reply_to_all_leaves_out_my_own_addresses(self):
        values = self.model.compose("reply_all", self.incoming().id)
        self.assertEqual(values["email_to"], '"Ben" <ben@example.com>')
        self.assertEqual(values["email_cc"], 'carl@example.com, "Dora" <dora@example.com>')

    def test_an_answer_to_what_i_wrote_goes_to_those_i_wrote_to(self):
        original = self.incoming(email_from="anna@example.com", email_to="carl@example.com")
        self.assertEqual(self.model.compose("reply", original.id)["email_to"], "carl@example.com")

    def test_prefixes_are_not_repeated(self):
        for subject in ("Re: Question", "AW: Question", "re: Fwd: WG: AW: Question", "SV: Question", "AW[2]: Question"):
            with self.subTest(subject):
                original = self.incoming(subject=subject)
                self.assertEqual(self.model.compose("reply", original.id)["subject"], "Re: Question")
                self.assertEqual(self.model.compose("forward", original.id)["subject"], "Fwd: Question")
        self.assertEqual(self.model.compose("reply", self.incoming(subject="Regen: x").id)["subject"], "Re: Regen: x")

    def test_forwarding_takes_header_text_and_files_along(self):
        original = self.incoming()
        self.env["ir.attachment"].create(
            [
                {"name": "a.pdf", "raw": b"%PDF", "res_model": "comm.message", "res_id": original.id},
                {"name": "s", "raw": b"x", "res_model": "comm.message", "res_id": original.id, "comm_is_source": True},
            ]
        )
        values = self.model.compose("forward", original.id)
        self.assertEqual((values["email_to"], [file["name"] for file in values["attachments"]]), ("", ["a.pdf"]))
        self.assertIn("Ben", values["body_html"])
        draft = self.saved(**values)
        copy = draft.attachment_ids.filtered(lambda file: file.name == "a.pdf")
        self.assertEqual((copy.raw, copy.id in values["attachment_ids"]), (b"%PDF", False))
        self.assertEqual(len(original.attachment_ids), 2)

    def test_the_from_is_that_of_the_last_answer_out_of_this_mailbox(self):
        other = self.make_mailbox(kind="smtp", name="Other", email="other@example.com")
        original = self.incoming()
        values = self.model.compose("reply", original.id)
        self.assertEqual(values["from_mailbox_id"], self.out.id)
        self.saved(**{**values, "from_mailbox_id": other.id})
        self.assertEqual(self.model.compose("reply", self.incoming().id)["from_mailbox_id"], other.id)

    def test_nobody_answers_mail_that_they_may_not_read(self):
        original = self.incoming()
        model = self.env["comm.message"].with_user(self.ben)
        own = self.make_mailbox(self.ben, kind="smtp", email="ben@example.com")
        for call in (
            lambda: model.compose("reply", original.id),
            lambda: model.save_draft({"from_mailbox_id": own.id, "original_id": original.id, "compose_mode": "reply"}),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_suggestions_are_contacts_and_those_who_wrote(self):
        self.env["res.partner"].create({"name": "Berta Zweig", "email": "berta@zweig.example"})
        self.incoming(email_from='"Zweig, Zoe" <zoe@example.com>')
        private = self.make_mailbox(self.ben)
        self.make_message(private, email_from="zweig-secret@example.com")
        found = self.model.suggest_recipients("zweig")
        self.assertEqual([each["email"] for each in found], ["berta@zweig.example", "zoe@example.com"])
        self.assertEqual(self.model.suggest_recipients("z"), [])

    def test_suggestions_are_those_too_whom_i_only_wrote_to(self):
        by_me = {"author_id": self.anna.id, "outgoing_state": "sent", "email_from": "anna@example.com"}
        self.incoming(**by_me, email_to='"Zweig, Zoe" <zoe@example.com>', email_cc=False, email_bcc="b@zweig.example")
        # Who stands beside me in the mail of somebody else is nobody I wrote to.
        self.incoming(email_to="anna@example.com, stranger@zweig.example")
        private = self.make_mailbox(self.ben)
        self.make_message(private, email_to="zweig-secret@example.com", author_id=self.ben.id, outgoing_state="sent")
        found = self.model.suggest_recipients("zweig")
        self.assertEqual([each["email"] for each in found], ["zoe@example.com", "b@zweig.example"])

    def test_suggestions_cost_the_same_however_much_mail_there_is(self):
        counts = []
        for number in (1, 30):
            for each in range(number):
                self.incoming(email_from=f"zweig{each}@example.com")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.model.suggest_recipients("zweig")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestComposeDrafts(ComposeCase):
    """Drafts, and the mail that is made of them."""

    def source(self, draft):
        raw = draft._source()
        message = mime.read(raw)
        self.assertFalse(message.defect)
        self.assertEqual(list(differences(raw, message)), [])
        return email.message_from_bytes(raw), message

    def test_a_draft_keeps_its_message_id_and_what_is_not_given(self):
        draft = self.saved(subject="One", email_to="ben@example.com", body_html="<p>Text</p>")
        message_id = draft.message_id
        self.assertTrue(message_id.endswith("@example.com>"))
        self.assertEqual(self.saved(id=draft.id, subject="Two"), draft)
        parsed, message = self.source(draft)
        self.assertEqual((parsed["Message-ID"], parsed["Subject"]), (message_id, "Two"))
        self.assertIn("<p>Text</p>", message.body_html)
        self.assertEqual(draft.folder_id.role, "drafts")
        self.assertEqual(len(draft.attachment_ids), 1)

    def test_plain_text_is_plain(self):
        parsed, message = self.source(self.saved(is_plain=True, body_text="Grüße\n> quoted"))
        self.assertEqual(parsed.get_content_type(), "text/plain")
        self.assertIn("Grüße\n> quoted", message.body_text.replace("\r\n", "\n"))

    def test_images_travel_with_the_mail(self):
        own = self.env["ir.attachment"].with_user(self.anna).create({"name": "logo.png", "datas": PIXEL})
        others = self.env["ir.attachment"].create(
            {"name": "secret.png", "datas": PIXEL, "res_model": "ir.cron", "res_id": 1}
        )
        body = (
            f'<p>Hi</p><img src="data:image/png;base64,{PIXEL}"><img src="/web/image/{own.id}?a=b" alt="logo.png">there'
            f'<img src="/web/image/{others.id}"><script>alert(1)</script>'
        )
        draft = self.saved(body_html=body)
        parsed, message = self.source(draft)
        self.assertEqual([part.get_content_type() for part in parsed.walk()].count("image/png"), 2)
        self.assertEqual(message.body_html.count("cid:"), 2)
        self.assertEqual(message.body_text.split()[:2], ["Hi", "[logo.png]there"])
        self.assertNotIn("cid:", message.body_text)
        self.assertNotIn("script", message.body_html)
        self.assertIn("cid:", draft.body_html)
        self.assertFalse(draft.has_attachment)
        self.assertIn("data:image/png", self.model.compose("edit", draft.id)["body_html"])

    def test_links_into_odoo_get_its_address(self):
        for base in ("https://odoo.example", "https://odoo.example/"):
            self.env["ir.config_parameter"].set_param("web.base.url", base)
            draft = self.saved(body_html='<p><a href="/odoo/contacts/7">Ben</a></p>')
            self.assertIn('href="https://odoo.example/odoo/contacts/7"', draft.body_html)

    def test_files_are_copied_when_they_belong_elsewhere_and_only_if_i_may_read_them(self):
        uploaded = self.env["ir.attachment"].with_user(self.anna).create({"name": "mine.txt", "raw": b"mine"})
        partner = self.env["res.partner"].create({"name": "P"})
        of_partner = self.env["ir.attachment"].create(
            {"name": "theirs.txt", "raw": b"theirs", "res_model": "res.partner", "res_id": partner.id}
        )
        secret = self.env["ir.attachment"].create({"name": "s", "raw": b"s", "res_model": "ir.cron", "res_id": 1})
        draft = self.saved(attachment_ids=[uploaded.id, of_partner.id])
        files = draft.attachment_ids.filtered(lambda file: not file.comm_is_source)
        self.assertEqual(set(files.mapped("name")), {"mine.txt", "theirs.txt"})
        self.assertIn(uploaded, files)
        self.assertEqual(of_partner.res_model, "res.partner")
        with self.assertRaises(AccessError):
            self.saved(id=draft.id, attachment_ids=[secret.id])
        self.saved(id=draft.id, attachment_ids=[uploaded.id])
        self.assertEqual(draft.attachment_ids.filtered(lambda file: not file.comm_is_source), uploaded)

    def test_priority_and_receipt(self):
        parsed, _message = self.source(self.saved(priority="high", read_receipt=True))
        self.assertEqual(parsed["Importance"], "high")
        self.assertEqual(parsed["Disposition-Notification-To"], "Anna <anna@example.com>")

    def test_a_half_written_address_is_kept_as_typed(self):
        draft = self.saved(email_to="ben, carl@example.com,")
        self.assertEqual(draft.email_to, "ben, carl@example.com,")
        self.assertEqual(self.source(draft)[0]["To"], "carl@example.com")
        with self.assertRaisesRegex(UserError, "“ben”"):
            self.model.send({"id": draft.id})

    def test_only_the_author_or_who_may_send_goes_on_with_a_draft(self):
        shared = self.make_shared({self.anna: "write", self.ben: "read"}, kind="smtp", email="info@example.com")
        draft = self.saved(from_mailbox_id=shared.id, subject="Mine")
        ben = self.env["comm.message"].with_user(self.ben)
        with self.assertRaises(AccessError):
            ben.save_draft({"id": draft.id, "subject": "Not mine"})
        shared.member_ids.access = "write"
        ben.save_draft({"id": draft.id, "subject": "Ours"})
        self.assertEqual(draft.subject, "Ours")

    def test_without_an_outgoing_mailbox_it_is_said_what_to_do(self):
        with self.assertRaisesRegex(UserError, "no outgoing mailbox"):
            self.env["comm.message"].with_user(self.ben).save_draft({"subject": "x"})

    def test_sending_says_until_when_it_can_be_taken_back(self):
        with patch.object(type(self.env["ir.cron"]), "_trigger", autospec=True) as triggered:
            result = self.model.send({"from_mailbox_id": self.out.id, "email_to": "ben@example.com"})
        message = self.env["comm.message"].browse(result["id"])
        self.assertEqual(message.outgoing_state, "queued")
        [call] = [
            call for call in triggered.call_args_list if call.args[0] == self.env.ref("comm_mailboxes.ir_cron_send")
        ]
        self.assertEqual(call.args[1], message.next_try_at)
        # Ten, and the fraction of a second that the date does not have.
        self.assertEqual((message.next_try_at - message.queued_at).total_seconds(), 11)
