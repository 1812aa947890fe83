from pathlib import Path

from odoo.tests import HttpCase, tagged

from ..controllers.help import to_html
from ..protocol.oauth import REFUSALS
from .common import CommCase

ADDON = Path(__file__).resolve().parent.parent
PAGES = {"en_US": "oauth-microsoft-365.md", "de_DE": "oauth-microsoft-365.de.md"}


@tagged("post_install", "-at_install")
class TestOauthHelp(CommCase, HttpCase):
    def test_the_page_tells_refusals_in_the_words_of_the_screens(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(["comm_mailboxes"], ["de_DE"])
        for lang, name in PAGES.items():
            page = (ADDON / "help" / name).read_text(encoding="utf-8")
            env = self.env(context={"lang": lang})
            for number, refusal in REFUSALS.items():
                with self.subTest(f"{lang} {number}"):
                    text = env._(refusal.text)  # pylint: disable=translation-not-lazy,prefer-env-translation
                    self.assertIn(f"| AADSTS{number} | {text} |", page)
            if lang == "de_DE":
                self.assertNotIn(REFUSALS[50173].text, page)
            docs = ADDON.parent.parent / "docs" / name
            self.assertEqual(docs.read_text(encoding="utf-8"), page, "docs/ and help/ hold the same page")

    def test_the_page_opens_in_the_user_s_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.anna.password = self.anna.login
        for lang, text in (("en_US", "Register the application"), ("de_DE", "Die Anwendung registrieren")):
            with self.subTest(lang):
                self.anna.lang = lang
                self.authenticate(self.anna.login, self.anna.login)
                answer = self.url_open("/comm_mailboxes/help/oauth")
                self.assertEqual(answer.status_code, 200)
                self.assertIn(text, answer.text)
                self.assertIn("<td>AADSTS50173</td>", answer.text)

    def test_what_the_pages_use_becomes_html(self):
        self.assertEqual(
            to_html("# A *b*\n\n- c `d`\n- e <f>\n  g\n\n1. h").splitlines(),
            [
                "<h1>A <em>b</em></h1>",
                "<ul><li>c <code>d</code></li><li>e &lt;f&gt; g</li></ul>",
                "<ol><li>h</li></ol>",
            ],
        )
