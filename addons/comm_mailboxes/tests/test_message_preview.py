from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from .common import CommCase

PICTURE = '<p>News</p><img alt="Logo" src="https://pictures.example/p.gif">'


@tagged("post_install", "-at_install")
class TestMessagePreview(CommCase, HttpCase):
    def setUp(self):
        super().setUp()
        for user in (self.anna, self.manager):
            user.password = user.login
        self.mailbox = self.make_mailbox()

    def incoming(self, **vals):
        message = self.make_message(self.mailbox, **{"email_from": "News <news@shop.example>", **vals})
        return message.with_user(self.anna)

    def info(self, message):
        message.invalidate_recordset()
        return message.preview_info

    def page(self, message, action="body", **parameters):
        self.authenticate(self.anna.login, self.anna.login)
        return self.url_open(f"/comm_mailboxes/message/{message.id}/{action}", params=parameters)

    def warnings(self, **vals):
        return {warning["kind"]: warning["text"] for warning in self.info(self.incoming(**vals))["warnings"]}

    # Pictures from the internet

    def test_they_stay_out_until_allowed(self):
        message = self.incoming(body_html=PICTURE)
        remote = self.info(message)["remote"]
        self.assertEqual((remote["count"], remote["allowed"], remote["sender"]), (1, False, "news@shop.example"))
        answer = self.page(message)
        self.assertNotIn("pictures.example", answer.text)
        self.assertIn("img-src data:;", answer.headers["Content-Security-Policy"])

    def test_allowed_for_this_message_once(self):
        message = self.incoming(body_html=PICTURE)
        token = self.info(message)["remote"]["token"]
        answer = self.page(message, remote=token)
        self.assertIn('src="https://pictures.example/p.gif"', answer.text)
        self.assertIn("img-src data: http: https:;", answer.headers["Content-Security-Policy"])
        self.assertNotIn("pictures.example", self.page(message).text)

    def test_no_link_in_a_mail_can_allow_them(self):
        message, other = self.incoming(body_html=PICTURE), self.incoming(body_html=PICTURE)
        shared = self.make_shared({self.anna: "read", self.manager: "read"})
        theirs = self.make_message(shared, body_html=PICTURE)
        for token in (
            "1",
            self.info(other)["remote"]["token"],
            theirs.with_user(self.manager).preview_info["remote"]["token"],
        ):
            with self.subTest(token):
                self.assertNotIn("pictures.example", self.page(message, remote=token).text)

    def test_allowed_for_a_sender(self):
        message = self.incoming(body_html=PICTURE)
        message.allow_remote_sender()
        message.allow_remote_sender()
        later = self.incoming(body_html=PICTURE, email_from='"Shop" <NEWS@shop.example>')
        other = self.incoming(body_html=PICTURE, email_from="x@shop.example")
        self.assertTrue(self.info(later)["remote"]["allowed"])
        self.assertIn("pictures.example", self.page(later).text)
        self.assertFalse(self.info(other)["remote"]["allowed"])

    def test_only_an_address_can_be_allowed(self):
        for text in (
            '<img src=x onerror="alert(1)">@x.example',
            "@x.example",
            "nobody",
            "a b@x.example",
            "a@x.example,",
        ):
            with self.subTest(text), self.assertRaises(ValidationError):
                self.env["comm.remote.sender"].with_user(self.anna).create({"email": text})
        message = self.incoming(body_html=PICTURE, email_from="<img src=x>@x.example")
        self.assertEqual(self.info(message)["remote"]["sender"], "")

    def test_the_permission_is_that_users_alone(self):
        shared = self.make_shared({self.anna: "read", self.manager: "read"})
        message = self.make_message(shared, body_html=PICTURE, email_from="news@shop.example")
        message.with_user(self.anna).allow_remote_sender()
        self.assertTrue(message.with_user(self.anna).preview_info["remote"]["allowed"])
        message.invalidate_recordset()
        self.assertFalse(message.with_user(self.manager).preview_info["remote"]["allowed"])

    def test_a_permission_does_not_hold_for_who_only_uses_the_name(self):
        self.incoming().allow_remote_sender()
        forged = self.incoming(body_html=PICTURE, email_from='"boss@company.example" <news@shop.example>')
        self.assertFalse(self.info(forged)["remote"]["allowed"])
        # What would not work is not offered either; the warning above the message says why.
        self.assertEqual(self.info(forged)["remote"]["sender"], "")
        self.assertTrue(self.info(forged)["remote"]["token"])

    def test_without_pictures_there_is_nothing_to_allow(self):
        remote = self.info(self.incoming(body_html='<img src="cid:a"><p>Hi</p>'))["remote"]
        self.assertEqual((remote["count"], remote["allowed"], remote["token"]), (0, False, ""))

    # Warnings

    def test_nothing_to_warn_of(self):
        self.assertEqual(self.warnings(body_html='<a href="https://a.example">www.a.example</a>'), {})
        self.assertEqual(self.warnings(email_from='"anna@example.com" <Anna@example.com>'), {})
        self.assertEqual(self.warnings(email_from=False, body_html=False), {})

    def test_a_name_that_shows_another_address(self):
        text = self.warnings(email_from='"Bank service@bank.example" <x@evil.example>')["name"]
        self.assertIn("service@bank.example", text)
        self.assertIn("x@evil.example", text)

    def test_a_name_with_signs_that_look_like_those_of_an_address(self):
        for name in (
            "chef＠firma.test",
            "chef﹫firma.test",
            "chef@firma。test",
            "chef@fir\u200bma.test",
            "ｃhef@firma．test",
        ):
            with self.subTest(name):
                self.assertIn("chef@firma.test", self.warnings(email_from=f'"{name}" <x@evil.example>')["name"])
                self.assertNotIn("name", self.warnings(email_from=f'"{name}" <chef@firma.test>'))

    def test_a_link_around_a_picture_that_is_not_shown(self):
        """Its text is read instead, and marked wherever it stands."""
        for source in ("https://pictures.example/p.gif", "cid:missing"):
            with self.subTest(source):
                link = f'<a href="https://evil.test/x"><img alt="www.bank.example" src="{source}"></a>'
                message = self.incoming(body_html=link)
                self.assertIn("[evil.test]", self.page(message).text)
                [warning] = self.info(message)["warnings"]
                self.assertIn("A link shows www.bank.example, but leads to evil.test", warning["text"])
        # Shown, they are no text.
        message.sudo().env["ir.attachment"].create(
            {
                "name": "logo.png",
                "raw": b"\x89PNG\r\n\x1a\n",
                "mimetype": "image/png",
                "res_model": "comm.message",
                "res_id": message.id,
                "comm_content_id": "missing",
            }
        )
        self.assertNotIn("[evil.test]", self.page(message).text)
        self.assertFalse(self.info(message)["warnings"])
        message = self.incoming(body_html=link.replace("cid:missing", "https://pictures.example/p.gif"))
        message.allow_remote_sender()
        self.assertNotIn("[evil.test]", self.page(message).text)
        self.assertFalse(self.info(message)["warnings"])

    def test_links_that_lead_elsewhere(self):
        link = '<a href="https://evil.example">https://bank.example</a>'
        self.assertIn("bank.example", self.warnings(body_html=link)["link"])
        self.assertIn("2 links", self.warnings(body_html=link * 2)["link"])

    # The pages

    def test_quoted_text_is_folded_but_not_in_print(self):
        message = self.incoming(
            body_html="<p>Yes</p><blockquote>Old</blockquote>", subject="A <b>", email_to="x@y.example"
        )
        self.assertIn("<details", self.page(message).text)
        answer = self.page(message, "print")
        self.assertNotIn("<details", answer.text)
        self.assertIn("<h1>A &lt;b&gt;</h1>", answer.text)
        self.assertIn("x@y.example", answer.text)

    def test_in_print_only_our_own_script_runs(self):
        message = self.incoming(body_html="<p>Yes</p>")
        policies = {self.page(message, "print").headers["Content-Security-Policy"] for _time in range(2)}
        self.assertEqual(len(policies), 2, "the number is another each time")
        for policy in policies:
            self.assertIn("default-src 'none'", policy)
            self.assertRegex(policy, r"script-src 'nonce-[\w-]{20,}'$")
            self.assertNotIn("allow-same-origin", policy)
            self.assertNotIn("'unsafe-inline'", policy.partition("script-src")[2])
