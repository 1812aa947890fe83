from odoo.tests import tagged

from odoo.addons.comm_mailboxes.protocol.sanitize import clean_html
from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import CommCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

# Nobody but the reader sees where a mail stands that is shown in a frame of another origin. So what stands at its top is
# clicked: links as wide as the frame, each of which writes to somebody else.
LINE = '<p style="margin: 0; height: 40px; overflow: hidden"><a {}>{}</a></p>'
FIRST, SECOND, TOP = 26, 66, 10
TO_CHAPTER = LINE.format('href="#chapter"', "To the chapter " * 20)


def chapter(name):
    blank = '<div style="height: 3000px">x</div>'
    return blank + LINE.format(f'id="chapter" href="mailto:{name}@example.com"', f"Write to {name} " * 20) + blank


RUN = """
(async () => {
    const visible = (selector) =>
        until(`${selector} is seen`, () => [...document.querySelectorAll(selector)].find((found) => found.checkVisibility()));
    if (innerWidth < 500) {
        (await visible(".o_comm_tree_row[aria-level='2']")).click();
    }
    (await visible(".o_comm_message")).click();
    const frame = await there("iframe.o_comm_message_body");
    await pause(1500);
    const address = location.href;
    const says = (what, found, wanted) => {
        if (found !== wanted) {
            throw new Error(`${what}: ${found} instead of ${wanted}`);
        }
    };
    const depth = () => history.state.commDepth;
    async function writesTo(y) {
        await clickAt(frame, { x: 40, y });
        const chip = await there(".o_comm_composer .o_comm_chip");
        const [name] = chip.textContent.trim().split("@");
        document.querySelector(".o_comm_composer_close").click();
        await gone(".o_comm_composer");
        return name;
    }
    %(steps)s
    says("address", location.href, address);
    says("what a place is called in Odoo", document.getElementById("chapter") || document.getElementById("comm-1"), null);
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


class BodyPlacesCase(CommCase, BrowserCase):
    """Links within a mail, clicked as a user does."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        self.make_mailbox(kind="smtp", security="tls", email="anna@example.com", host="smtp.example.com")
        self.mailbox = self.make_mailbox(email="anna@example.com", host="imap.example.com")
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": self.mailbox.id})

    def deliver(self, html):
        self.make_message(self.mailbox, subject="News", email_from="zoe@example.com", body_html=clean_html(html))

    def play(self, steps):
        with real_input():
            self.browser_js(
                "/odoo/communication",
                SCRIPT + RUN % {"steps": steps},
                "odoo.isReady === true",
                login=self.anna.login,
                timeout=180,
            )


@tagged("post_install", "-at_install")
class TestBodyPlaces(BodyPlacesCase):
    def test_each_leads_to_the_place_in_its_own_mail(self):
        """The quoted mail has one of the same name. It is answered below, so it is not folded away."""
        to_quote = LINE.format('href="#quoted"', "To the quoted mail " * 20)
        quoted = f'<blockquote id="quoted" style="margin: 0">{TO_CHAPTER}{chapter("quoted")}</blockquote>'
        self.deliver(f"{to_quote}{TO_CHAPTER}{chapter('new')}{quoted}<p>Yes</p>")
        self.play(f"""
            await clickAt(frame, {{ x: 40, y: {SECOND} }});
            await pause(700);
            says("chapter", await writesTo({TOP}), "new");
            history.back();
            await pause(700);
            await clickAt(frame, {{ x: 40, y: {FIRST} }});
            await pause(700);
            await clickAt(frame, {{ x: 40, y: {TOP} }});
            await pause(700);
            says("chapter of the quoted mail", await writesTo({TOP}), "quoted");
        """)


@tagged("post_install", "-at_install")
class TestBodyPlacesOnPhone(BodyPlacesCase):
    browser_size = "380x700"

    def test_back_leads_to_the_list_after_such_links(self):
        """They are entries in the browser's history, which those of our panes must not be taken for."""
        self.deliver(TO_CHAPTER + chapter("new"))
        self.play(f"""
            await until("two panes are entries", () => depth() === 2);
            await clickAt(frame, {{ x: 40, y: {FIRST} }});
            await pause(700);
            says("chapter", await writesTo({TOP}), "new");
            (await visible(".o_comm_message_preview .o_comm_back")).click();
            await until("the list is an entry", () => depth() === 1);
            (await visible(".o_comm_message")).click();
            await until("the mail is an entry", () => depth() === 2);
            history.back();
            await visible(".o_comm_message");
        """)
