from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.message_body import INLINE, POLICY
from .common import CommCase

PIXEL = b"\x89PNG\r\n\x1a\n"


@tagged("post_install", "-at_install")
class TestMessageBody(CommCase, HttpCase):
    def setUp(self):
        super().setUp()
        for user in (self.anna, self.ben, self.admin):
            user.password = user.login
        self.message = self.make_message(self.make_mailbox(), body_html='<p>Hello</p><img src="cid:logo@x">')
        self.url = f"/comm_mailboxes/message/{self.message.id}/body"

    def open_as(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(self.url)

    def test_the_body_is_served_isolated(self):
        answer = self.open_as(self.anna)
        self.assertEqual(answer.status_code, 200)
        policy = answer.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "img-src data:", "form-action 'none'", "sandbox allow-popups"):
            self.assertIn(part, policy)
        self.assertNotIn("allow-scripts", policy)
        self.assertNotIn("allow-same-origin", policy)
        self.assertIn("<p>Hello</p>", answer.text)

    def test_inline_images_are_embedded(self):
        self.env["ir.attachment"].create(
            {
                "name": "logo.png",
                "raw": PIXEL,
                "mimetype": "image/png",
                "res_model": "comm.message",
                "res_id": self.message.id,
                "comm_content_id": "logo@x",
            }
        )
        self.assertIn('<img src="data:image/png;base64,iVBORw0KGgo="', self.open_as(self.anna).text)

    def test_remote_pictures_are_taken_out(self):
        self.message.body_html = (
            '<p>News</p><img alt="Logo" src="https://tracker.example.com/p.gif"><img src="//x.example.com/a">'
        )
        text = self.open_as(self.anna).text
        self.assertNotIn("tracker.example.com", text)
        self.assertNotIn("x.example.com", text)
        self.assertNotIn("<img", text)
        self.assertIn("Logo", text)

    def test_of_a_very_long_body_the_beginning_is_shown_first(self):
        paragraphs = "".join(f"<div><p>Line {number} {'x ' * 50}</p></div>" for number in range(10_000))
        for values in (
            {"body_html": f"<table><tbody><tr><td>{paragraphs}</td></tr></tbody></table>"},
            {"body_html": False, "body_text": "".join(f"Line {number} {'x ' * 60}\n" for number in range(10_000))},
        ):
            with self.subTest(html=bool(values["body_html"])):
                self.message.write({"size": 2_000_000, **values})
                self.assertTrue(self.message.preview_info["is_long"])
                text = self.open_as(self.anna).text
                self.assertLess(len(text), 300_000)
                self.assertIn("Line 1 x", text)
                self.assertNotIn("Line 9999", text)
                whole = self.url_open(f"{self.url}?whole=1").text
                self.assertIn("Line 9999", whole)
                self.assertIn("Line 9999", self.url_open(self.url.replace("/body", "/print")).text)
        self.message.write({"body_html": "<p>Short, with a large file</p>"})
        self.assertFalse(self.message.preview_info["is_long"])

    def test_plain_text_is_escaped_and_its_links_can_be_clicked(self):
        self.message.write({"body_html": False, "body_text": "<b>5 > 3</b>\nhttps://example.com/a?b=1"})
        text = self.open_as(self.anna).text
        self.assertIn("&lt;b&gt;5 &gt; 3&lt;/b&gt;", text)
        self.assertIn('href="https://example.com/a?b=1"', text)

    def test_addresses_lead_to_who_shows_the_message_and_asks_for_it(self):
        link = '<a title="x" href="mailto:ben@example.com?subject=%22%3Cb%3E" target="_blank" rel="noopener noreferrer">B</a>'
        ours = 'href="/comm_mailboxes/mailto#one-2/mailto%3Aben%40example.com%3Fsubject%3D%2522%253Cb%253E"'
        for values in ({"body_html": link}, {"body_html": False, "body_text": "ask ben@example.com"}):
            self.message.write(values)
            plain = self.open_as(self.anna).text
            self.assertIn('href="mailto:ben@example.com', plain)
            self.assertNotIn("/comm_mailboxes/mailto", plain)
            answer = self.url_open(f"{self.url}?listener=one-2")
            self.assertNotIn('href="mailto:', answer.text)
            self.assertIn(
                ours if values["body_html"] else 'href="/comm_mailboxes/mailto#one-2/mailto%3Aben%40', answer.text
            )
            self.assertEqual(answer.headers["Content-Security-Policy"], POLICY.format(images=INLINE))
            # A name that no page of ours has.
            for odd in ('"><script>', "a" * 65, "%22%20onclick="):
                self.assertEqual(self.url_open(f"{self.url}?listener={odd}").text, plain)

    def test_the_page_that_an_address_opens_runs_its_own_script_alone(self):
        answer = self.url_open("/comm_mailboxes/mailto")
        policy = answer.headers["Content-Security-Policy"]
        self.assertRegex(policy, "^default-src 'none'; script-src 'nonce-[\\w-]{20,}'; ")
        self.assertEqual(answer.text.count("<script"), 1)
        self.assertNotEqual(policy, self.url_open("/comm_mailboxes/mailto").headers["Content-Security-Policy"])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_nobody_else_sees_it(self):
        for user in (self.ben, self.admin):
            with self.subTest(user.login):
                answer = self.open_as(user)
                self.assertEqual(answer.status_code, 404)
                self.assertNotIn("Hello", answer.text)

    def test_attachments_are_not_served_as_active_content(self):
        for name, raw in (("a.html", b"<script>1</script>"), ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")):
            attachment = (
                self.env["ir.attachment"]
                .with_context(attachments_mime_plainxml=True)
                .create({"name": name, "raw": raw, "res_model": "comm.message", "res_id": self.message.id})
            )
            self.authenticate(self.anna.login, self.anna.login)
            with self.subTest(name):
                answer = self.url_open(f"/web/content/{attachment.id}")
                self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"), answer.headers["Content-Type"])
