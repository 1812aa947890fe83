import time
from unittest.mock import patch

from markupsafe import Markup

import odoo.tests.common
from odoo.tests import tagged

from ..controllers.message_body import INLINE, PAGE, POLICY, STYLE
from ..protocol.imap import FetchedMessage
from ..protocol.message_view import folded, with_named_links, without_remote_images
from ..protocol.sanitize import clean_html
from ..sync import store
from . import hostile_html
from .browser import BrowserCase
from .canary import Canary
from .common import CommCase

# As the Manager shows a body (comm_folders/static/src/manager/message_body.xml).
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
# Opens all pages at once, waits until all of them are there and then for what they may have started, and says so.
OPEN_ALL = """
(async () => {
    const urls = %(urls)s, sandbox = %(sandbox)s, inspect = %(inspect)s;
    const frames = await Promise.all(urls.map((url) => new Promise((resolve) => {
        const frame = document.createElement("iframe");
        if (sandbox !== null) {
            frame.setAttribute("sandbox", sandbox);
        }
        frame.referrerPolicy = "no-referrer";
        frame.onload = () => resolve(frame);
        frame.src = url;
        document.body.append(frame);
    })));
    const wrong = [];
    for (const [index, frame] of inspect ? frames.entries() : []) {
        const page = frame.contentDocument;
        for (const element of page.body.querySelectorAll("*")) {
            const names = element.getAttributeNames();
            if (names.some((name) => name.startsWith("on") || name === "srcset" || name === "ping")) {
                wrong.push(`${urls[index]}: ${element.outerHTML.slice(0, 200)}`);
            }
            if (/^(script|style|link|meta|base|iframe|object|embed|form|input|button|svg|math)$/i.test(element.tagName)) {
                wrong.push(`${urls[index]}: ${element.tagName}`);
            }
            if (element.hasAttribute("name") || !/^(comm-\\d+)?$/.test(element.id)) {
                wrong.push(`${urls[index]}: ${element.outerHTML.slice(0, 200)}`);
            }
            const isWithin = /^#(comm-\\d+|top)$/.test(element.getAttribute("href"));
            const target = element.tagName === "A" && !isWithin && element.href;
            if (target && (!/^(https?|mailto|tel):/.test(target) || element.target !== "_blank"
                    || element.rel !== "noopener noreferrer")) {
                wrong.push(`${urls[index]}: ${element.outerHTML.slice(0, 200)}`);
            }
            // What only a click would start; links lead away, which is what they are for.
            if (!/^https?:/.test(target || "") && !/^(mailto|tel):/.test(target || "")) {
                element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
                element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
            }
        }
    }
    await new Promise((resolve) => setTimeout(resolve, 1500));
    console.log(wrong.length ? `wrong: ${wrong.join(" | ")}` : "test successful");
    if (wrong.length) {
        console.error(wrong.join("\\n"));
    }
})();
"""


class WatchedBrowser(odoo.tests.common.ChromeBrowser):
    """Odoo's Chromium, which tells of every dialog that a page opens, and closes it."""

    dialogs = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._handlers["Page.javascriptDialogOpening"] = self._on_dialog

    def _on_dialog(self, message="", **_params):
        self.dialogs.append(message)
        self._websocket_send("Page.handleJavaScriptDialog", params={"accept": True})


@tagged("post_install", "-at_install")
class TestHostileHtml(BrowserCase, CommCase):
    """Asserted in a real browser: nobody asks the canary for anything, and no dialog opens.

    Two walls stand between a mail and its reader: the sanitizer, and the content policy with its sandbox. Both together are
    what users have; then each is tried as if the other was not there.
    """

    def setUp(self):
        super().setUp()
        self.canary = Canary()
        self.addCleanup(self.canary.stop)
        self.cases = hostile_html.cases(self.canary.host)
        WatchedBrowser.dialogs.clear()
        self.enterContext(patch.object(odoo.tests.common, "ChromeBrowser", WatchedBrowser))
        self.canary.pages["/"] = ("<!DOCTYPE html><title>Start</title><body>", {})

    def open_all(self, start, urls, *, sandbox=SANDBOX, inspect=False, login=None):
        """Open all ``urls`` in frames on the page ``start``."""
        code = OPEN_ALL % {
            "urls": list(urls),
            "sandbox": "null" if sandbox is None else f'"{sandbox}"',
            "inspect": "true" if inspect else "false",
        }
        # What the policy refused is told as an error: that is what it is for.
        refused = lambda message: "wrong:" in message  # noqa: E731 (an argument)
        self.browser_js(start, code, login=login, timeout=120, error_checker=refused)

    def serve(self, wall, html_of, headers=None):
        """Let the canary's server show each case; return the addresses."""
        urls = []
        for number, (title, html) in enumerate(self.cases.items()):
            path = f"/{wall}/{number}"
            page = PAGE.format(title=title, style=STYLE, body=Markup(html_of(html)))
            self.canary.pages[path] = (str(page), headers or {})
            urls.append(f"http://{self.canary.host}{path}")
        return urls

    def assert_nothing_happened(self):
        titles = list(self.cases)
        hits = sorted({f"{titles[int(path.split('/')[2])]}: {path}" for path in self.canary.hits})
        self.assertFalse(hits, "the canary was asked")
        self.assertFalse(WatchedBrowser.dialogs, "a dialog opened")

    def test_the_canary_sings(self):
        """Without the walls it is asked, and dialogs are seen: else all that follows would prove nothing."""
        self.assertGreaterEqual(len(self.cases), 180)
        titles = (
            "script",
            "image that fails",
            "SVG that loads",
            "style: background",
            "picture",
            "meta refresh",
            "frames",
        )
        page = {title: f"<!DOCTYPE html><body>{self.cases[title]}" for title in titles}
        for number, html in enumerate(page.values()):
            self.canary.pages[f"/bare/{number}"] = (html, {})
        start = f"http://{self.canary.host}/"
        self.open_all(start, [f"{start}bare/{number}" for number in range(len(page))], sandbox=None)
        numbers = [list(self.cases).index(title) for title in titles]
        asked = {int(path.split("/")[2]) for path in self.canary.hits}
        self.assertEqual(set(numbers) - asked, set())
        self.assertTrue(WatchedBrowser.dialogs)

    def test_all_walls_together(self):
        """Each case as a mail that was fetched, read and stored as always, in the frame in which the Manager shows it."""
        self.anna.password = self.anna.login
        mailbox = self.make_mailbox()
        inbox = self.env["comm.folder"].create(
            {"mailbox_id": mailbox.id, "name": "INBOX", "role": "inbox", "path": "INBOX"}
        )
        prepared = [
            store.prepare(FetchedMessage(uid, frozenset(), None, len(raw), raw))
            for uid, raw in enumerate(map(self.mail, self.cases.items()), start=1)
        ]
        store.save(inbox, prepared)
        messages = self.env["comm.message"].search([("folder_id", "=", inbox.id)], order="uid")
        self.assertEqual(len(messages), len(self.cases))
        urls = [f"/comm_mailboxes/message/{message.id}/body" for message in messages]
        self.open_all("/web/health", urls, login=self.anna.login)
        self.assert_nothing_happened()

    @staticmethod
    def mail(case):
        title, html = case
        header = f"From: x@example.com\r\nSubject: {title}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        return header.encode() + html.encode()

    def test_the_sanitizer_alone(self):
        """No frame that forbids, no policy; and what is left is looked through and clicked on."""

        def shown(html):
            html, _links = with_named_links(without_remote_images(clean_html(html)))
            return folded(html, "Quoted")

        start = f"http://{self.canary.host}/"
        self.open_all(start, self.serve("cleaned", shown), sandbox=None, inspect=True)
        self.assert_nothing_happened()

    def test_the_policy_alone(self):
        """As if somebody had found a hole in the sanitizer: the HTML as it was sent, in no frame that forbids anything."""
        policy = {"Content-Security-Policy": POLICY.format(images=INLINE)}
        start = f"http://{self.canary.host}/"
        self.open_all(start, self.serve("raw", lambda html: html, policy), sandbox=None)
        self.assert_nothing_happened()

    def test_ten_megabytes_of_tables_in_tables(self):
        """Neither the server nor the browser is kept busy by them."""
        self.anna.password = self.anna.login
        html = hostile_html.nested_tables()
        self.assertGreater(len(html), 9_900_000)
        started = time.monotonic()
        [prepared] = [store.prepare(FetchedMessage(1, frozenset(), None, len(html), self.mail(("Tables", html))))]
        message = self.make_message(self.make_mailbox(), body_html=prepared.values["body_html"])
        self.open_all("/web/health", [f"/comm_mailboxes/message/{message.id}/body"], login=self.anna.login)
        self.assertLess(time.monotonic() - started, 30)
        self.assertIn("The bottom", message.body_html)
        self.assert_nothing_happened()
