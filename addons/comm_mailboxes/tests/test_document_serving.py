import json
import unittest

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import limited_field_access_token

from ..content_types import safe_to_serve
from .documents import DocumentCase

# Each tells the page around it that it ran, or leads the frame elsewhere, which no content security policy of Odoo's
# keeps it from.
HTML = b"""<!DOCTYPE html><html><head><meta http-equiv="refresh" content="0;url=/web/health?escaped"></head>
<body onload="parent.postMessage('ran', '*')"><script>parent.postMessage('ran', '*')</script></body></html>"""
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" onload="parent.postMessage('ran', '*')">
<script>parent.postMessage('ran', '*')</script></svg>"""
XHTML = b"""<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="refresh" content="0;url=/web/health?escaped"/></head>
<body><script>parent.postMessage('ran', '*')</script></body></html>"""
XML = b"""<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="/web/health?style"?><a/>"""
FILES = [
    ("page.html", "text/html", HTML),
    ("page.xhtml", "application/xhtml+xml", XHTML),
    ("picture.svg", "image/svg+xml", SVG),
    ("data.xml", "text/xml", XML),
    ("other.xml", "application/xml", XML),
    ("no extension", "text/html", HTML),
    ("picture.png", "image/png", HTML),
    ("application.hta", "application/hta", HTML),
    ("script.js", "text/javascript", b"parent.postMessage('ran', '*')"),
    ("archive.mht", "multipart/related", HTML),
]
ACTIVE = ("html", "xml", "svg", "hta", "javascript", "multipart")

WATCH = """
(async () => {
    const problems = [];
    addEventListener("message", (event) => problems.push(`${event.data} by ${current}`));
    let current = "";
    for (const url of %s) {
        current = url;
        const frame = document.createElement("iframe");
        // A download never loads.
        const loaded = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 400); });
        frame.src = url;
        document.body.append(frame);
        await loaded;
        await new Promise((resolve) => setTimeout(resolve, 30));
        const {href} = frame.contentWindow.location;
        const {contentType} = frame.contentDocument;
        if (href.includes("health")) {
            problems.push(`${url} led to ${href}`);
        } else if (href !== "about:blank" && /ht|xml|javascript/.test(contentType)) {
            problems.push(`${url} is shown as ${contentType}`);
        }
        frame.remove();
    }
    if (problems.length) {
        console.error(problems.join("; "));
    } else {
        console.log("test successful");
    }
})();
"""


class TestContentTypes(unittest.TestCase):
    def test_table(self):
        for content_type, served in (
            ("text/html", "text/plain"),
            ("TEXT/HTML; charset=utf-8", "text/plain"),
            ("image/svg+xml", "text/plain"),
            ("application/xhtml+xml", "text/plain"),
            ("application/vnd.mozilla.xul+xml", "text/plain"),
            ("text/javascript", "text/plain"),
            ("text/csv", "text/plain"),
            ("application/javascript", "application/octet-stream"),
            ("application/x-shockwave-flash", "application/octet-stream"),
            ("multipart/x-mixed-replace", "application/octet-stream"),
            ("message/rfc822", "application/octet-stream"),
            ("", "application/octet-stream"),
            (None, "application/octet-stream"),
            ("application/pdf", "application/pdf"),
            ("image/png", "image/png"),
            ("audio/mpeg", "audio/mpeg"),
            ("application/zip", "application/zip"),
            ("application/vnd.ms-excel", "application/vnd.ms-excel"),
            (
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
        ):
            with self.subTest(content_type):
                self.assertEqual(safe_to_serve(content_type), served)


@tagged("post_install", "-at_install")
class TestDocumentServing(DocumentCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.http"))
        for user in (self.anna, self.ben, self.admin, self.reader):
            user.password = user.login
        self.files = self.env["ir.attachment"].create(
            [
                # As a process that runs as root and knows nothing of mails would store them.
                {
                    "name": name,
                    "mimetype": content_type,
                    "raw": raw,
                    "res_model": "comm.message",
                    "res_id": self.message.id,
                }
                for name, content_type, raw in FILES
            ]
        )
        self.assertIn("text/html", self.files.mapped("mimetype"))

    def addresses(self, attachment):
        base = f"/web/content/{attachment.id}"
        yield base
        yield f"/web/content/ir.attachment/{attachment.id}/datas"
        yield f"/web/image/{attachment.id}"
        for mimetype in ("text/html", "application/xhtml+xml", "image/svg%2Bxml", "text/xml", "text/javascript"):
            yield f"{base}?mimetype={mimetype}"
            yield f"{base}/page.html?download=false&mimetype={mimetype}"
            yield f"/web/image/{attachment.id}?mimetype={mimetype}"

    def test_no_address_makes_active_content_of_a_file(self):
        self.authenticate(self.reader.login, self.reader.login)
        for attachment in self.files:
            for address in self.addresses(attachment):
                with self.subTest(f"{attachment.name} {address}"):
                    answer = self.url_open(address)
                    self.assertEqual(answer.status_code, 200)
                    content_type = answer.headers["Content-Type"]
                    self.assertFalse([word for word in ACTIVE if word in content_type], content_type)
                    self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_in_a_browser_nothing_runs(self):
        addresses = [
            address
            for attachment in self.files
            for address in (
                f"/web/content/{attachment.id}",
                f"/web/content/{attachment.id}/page.html?download=false&mimetype=text/html",
                f"/web/content/{attachment.id}?mimetype=application/xhtml%2Bxml",
                f"/web/image/{attachment.id}?mimetype=image/svg%2Bxml",
            )
        ]
        self.browser_js("/web/health", WATCH % json.dumps(addresses), login=self.reader.login, timeout=120)

    def test_what_browsers_show_safely_is_shown(self):
        document = self.attach(self.message, mimetype="application/pdf")
        self.authenticate(self.reader.login, self.reader.login)
        answer = self.url_open(f"/web/content/{document.id}")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertFalse(answer.headers.get("Content-Disposition", "").startswith("attachment"))

    def test_other_attachments_are_served_as_ever(self):
        own = (
            self.env["ir.attachment"]
            .with_user(self.ben)
            .create({"name": "own.csv", "raw": b"a;b", "mimetype": "text/csv"})
        )
        self.authenticate(self.ben.login, self.ben.login)
        self.assertTrue(self.url_open(f"/web/content/{own.id}").headers["Content-Type"].startswith("text/csv"))

    def test_who_gets_the_content(self):
        for user, status in ((self.anna, 200), (self.reader, 200), (self.ben, 404), (self.admin, 404), (None, 404)):
            self.authenticate(user and user.login, user and user.login)
            with self.subTest(user and user.login):
                self.assertEqual(self.url_open(f"/web/content/{self.document.id}").status_code, status)

    def test_a_token_alone_opens_nothing(self):
        # However somebody came by it: Odoo's own methods, or an old one in the database.
        scoped = limited_field_access_token(self.document, "raw", scope="binary")
        self.env.cr.execute("UPDATE ir_attachment SET access_token = 'stored' WHERE id = %s", [self.document.id])
        self.env.invalidate_all()
        for token in (scoped, "stored"):
            for user, status in ((None, 404), (self.ben, 404), (self.admin, 404), (self.reader, 200)):
                self.authenticate(user and user.login, user and user.login)
                with self.subTest(f"{token} {user and user.login}"):
                    answer = self.url_open(f"/web/content/{self.document.id}?access_token={token}")
                    self.assertEqual(answer.status_code, status)

    def test_a_post_with_a_document_lets_its_readers_at_the_name_only(self):
        """Whoever may read a document may mention it in the chatter; the others there get no token to open it."""
        partner = self.env["res.partner"].create({"name": "Partner"})
        self.reader.group_ids += self.env.ref("base.group_partner_manager")
        partner.with_user(self.reader).message_post(body="See", attachment_ids=self.document.ids)
        self.authenticate(self.ben.login, self.ben.login)
        found = self.make_jsonrpc_request(
            "/mail/thread/messages", {"thread_model": "res.partner", "thread_id": partner.id}
        )
        [shown] = [line for line in found["data"].get("ir.attachment", []) if line["id"] == self.document.id] or [{}]
        self.assertFalse(shown.get("raw_access_token") or shown.get("thumbnail_access_token"))
