from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import CommCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

ADDRESS = (
    "mailto:ben@example.com?cc=carl@example.com&subject=100%25%20%3Cb%3Ebold%3C/b%3E"
    "&body=One%0D%0A%3Cimg%20src=x%20onerror=alert(1)%3E&attach=/etc/passwd&from=boss@example.com"
)
RUN = """
(async () => {
    (await there(".o_comm_message")).click();
    const frame = await there("iframe.o_comm_message_body");
    await pause(1500);
    await clickAt(frame, { x: 40, y: 28 });
    %s
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestBodyMail(CommCase, BrowserCase):
    """A real click on an e-mail address in the frame of a message, which has neither scripts nor our origin."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        mailbox = self.make_mailbox(email="anna@example.com", host="imap.example.com")
        self.make_mailbox(kind="smtp", security="tls", email="anna@example.com", host="smtp.example.com")
        href = ADDRESS.replace("&", "&amp;")
        self.make_message(
            mailbox,
            subject="Write to Ben",
            email_from="Zoe <zoe@example.com>",
            body_html=f'<p><a href="{href}" target="_blank" rel="noopener noreferrer">{"Write to Ben " * 9}</a></p>',
        )
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": mailbox.id})

    def play(self, steps):
        with real_input():
            self.browser_js(
                "/odoo/communication", SCRIPT + RUN % steps, "odoo.isReady === true", login=self.anna.login, timeout=180
            )

    def test_it_opens_our_window_and_all_of_it_is_text(self):
        self.play("""
            const subject = await there(".o_comm_composer_subject");
            const chips = [...document.querySelectorAll(".o_comm_composer .o_comm_chip")].map((chip) => chip.textContent);
            const text = document.querySelector(".o_comm_composer_text");
            await until("the window is filled", () => text.textContent.includes("One"));
            const wrong = [
                subject.value !== "100% <b>bold</b>" && subject.value,
                !/ben@example.com/.test(chips[0]) && chips[0],
                !/carl@example.com/.test(chips[1]) && chips[1],
                chips.length !== 2 && chips.join(),
                text.querySelector("img") && "an image",
                !text.textContent.includes("<img src=x onerror=alert(1)>") && text.textContent,
                document.querySelector(".o_comm_composer_attachment") && "a file",
            ].filter(Boolean);
            if (wrong.length) {
                throw new Error(wrong.join(" | "));
            }
        """)

    def test_who_leaves_addresses_to_the_browser_gets_no_window(self):
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.anna)
        settings.comm_mailto = False
        self.play("""
            if (/listener/.test(frame.src)) {
                throw new Error(frame.src);
            }
            await pause(2000);
            if (document.querySelector(".o_comm_composer")) {
                throw new Error("A window opened");
            }
        """)
