from unittest.mock import patch

import odoo.tests.common
from odoo.tests import tagged

from odoo.addons.comm_mailboxes.protocol.sanitize import clean_html
from odoo.addons.comm_mailboxes.tests import hostile_html
from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.canary import Canary
from odoo.addons.comm_mailboxes.tests.common import CommCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input
from odoo.addons.comm_mailboxes.tests.test_hostile_html import WatchedBrowser

TOGETHER = 15
# Opens a window with each answer, looks through what stands there, moves the mouse over all of it, and closes it again.
ANSWER_ALL = """
(async () => {
    const { comm_composer: composers } = odoo.__WOWL_DEBUG__.root.env.services;
    const wrong = [];
    for (const [index, messageId] of %(ids)s.entries()) {
        await composers.open({ mode: "%(mode)s", messageId });
        const text = await there(".o_comm_composer_text .o_comm_quote");
        await pause(50);
        for (const element of text.querySelectorAll("*")) {
            const names = element.getAttributeNames();
            const isActive = names.some((name) => name.startsWith("on") || ["srcset", "ping", "name"].includes(name));
            const isNamed = !/^(comm-\\d+)?$/.test(element.id);
            const isForeign = /^(script|style|link|meta|base|iframe|object|embed|form|input|svg|math)$/i.test(element.tagName);
            const leads = element.getAttribute("href") || element.getAttribute("src") || "https:";
            const isLeft = /^(#(comm-\\d+|top)$|https?:|mailto:|tel:|data:image|cid:|[/]web[/]image)/i.test(leads.trim());
            if (isActive || isForeign || isNamed || !isLeft) {
                wrong.push(`${index}: ${element.outerHTML.slice(0, 200)}`);
            }
            element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
        }
        // What was quoted lies over nothing that the author clicks.
        const clicked = ".o_comm_composer_send, .o_comm_composer_close, .o_comm_tool.o_comm_new";
        for (const button of document.querySelectorAll(clicked)) {
            const { left, top, width, height } = button.getBoundingClientRect();
            const hit = document.elementFromPoint(left + width / 2, top + height / 2);
            if (!button.contains(hit)) {
                wrong.push(`${index}: ${hit?.outerHTML.slice(0, 200)} lies over ${button.className}`);
            }
        }
        document.querySelector(".o_comm_composer_close").click();
        await gone(".o_comm_composer");
    }
    await pause(1500);
    if (wrong.length) {
        console.error(`wrong: ${wrong.join(" | ")}`);
    }
    console.log("test successful");
})().catch((error) => console.error(`wrong: ${error.message}`));
"""


@tagged("post_install", "-at_install")
class TestHostileQuote(BrowserCase, CommCase):
    """Hostile HTML in an answer, where no frame is around it: nobody asks the canary, nothing runs, nothing leaves its place."""

    def setUp(self):
        super().setUp()
        self.canary = Canary()
        self.addCleanup(self.canary.stop)
        WatchedBrowser.dialogs.clear()
        self.enterContext(patch.object(odoo.tests.common, "ChromeBrowser", WatchedBrowser))
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        self.make_mailbox(name="Out", kind="smtp", email="anna@example.com", host="smtp.example.com")
        mailbox = self.make_mailbox(email="anna@example.com")
        inbox = self.env["comm.folder"].create(
            {"mailbox_id": mailbox.id, "name": "INBOX", "role": "inbox", "path": "INBOX"}
        )
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": mailbox.id})
        self.cases = hostile_html.cases(self.canary.host)
        # Many to a message: what the sanitizer wrote is closed where it was opened.
        cleaned = [f"<div>{clean_html(html)}</div>" for html in self.cases.values()]
        self.messages = self.env["comm.message"].create(
            [
                {
                    "mailbox_id": mailbox.id,
                    "folder_id": inbox.id,
                    "email_from": "x@example.com",
                    "body_html": "".join(cleaned[start : start + TOGETHER]),
                }
                for start in range(0, len(cleaned), TOGETHER)
            ]
        )

    def answer(self, mode):
        code = SCRIPT + ANSWER_ALL % {"ids": self.messages.ids, "mode": mode}
        with real_input():
            self.browser_js(
                "/odoo/communication",
                code,
                "odoo.isReady === true",
                login=self.anna.login,
                timeout=300,
                error_checker=lambda message: "wrong:" in message,
            )
        titles = list(self.cases)
        self.assertFalse({titles[int(path.split("/")[2])] for path in self.canary.hits}, "the canary was asked")
        self.assertFalse(WatchedBrowser.dialogs, "a dialog opened")

    def test_replies(self):
        self.answer("reply")

    def test_forwarded_mail(self):
        self.answer("forward")
