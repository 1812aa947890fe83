from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import SyncCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

OTHER = ".o_comm_conversation_row:has(.o_comm_message_folder)"
RUN = (
    SCRIPT
    + f"""
(async () => {{
    (await there(".o_comm_message")).click();
    (await there("{OTHER}")).click();
    await there("{OTHER.replace(":has", ".o_comm_conversation_open:has")}");
    await there(".o_comm_preview_folder");
    await press("s");
    await there("{OTHER} .fa-star");
    await pause(1000);
    %s
    console.log("test successful");
}})().catch((error) => console.error(error.message));
"""
)


@tagged("post_install", "-at_install")
class TestConversationServer(SyncCase, BrowserCase):
    """What is done, within an open conversation, to a message of another folder reaches the server."""

    def setUp(self):
        super().setUp()
        self.anna.password = self.anna.login
        self.env["res.users.settings"]._find_or_create_for_user(self.anna).comm_conversations = True
        self.client.create("Box")
        self.client.create("Trash")
        self.append("INBOX", "Question", "<question@example.com>")
        self.append("Box", "Re: Question", "<answer@example.com>", "In-Reply-To: <question@example.com>\r\n")
        self.mailbox = self.make_synced()
        self.mailbox.trash_folder_id = self.folder(self.mailbox, "Trash")
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": self.mailbox.id})

    def append(self, folder, subject, message_id, header=""):
        raw = (
            f"From: Ben <ben@example.com>\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n{header}"
            "Date: Mon, 02 Nov 2026 10:00:00 +0100\r\n\r\nText\r\n"
        )
        self.assertEqual(self.client.append(folder, None, None, raw.encode())[0], "OK")

    def play(self, steps=""):
        with real_input():
            self.browser_js(
                "/odoo/communication", RUN % steps, "odoo.isReady === true", login=self.anna.login, timeout=180
            )
        self.env.invalidate_all()
        self.mailbox.fetch_mail()

    def flags(self, folder):
        """Return what the server says of each message there."""
        _ok, [count] = self.client.select(folder, readonly=True)
        if count == b"0":
            return []
        return [line.decode() for line in self.client.fetch("1:*", "(FLAGS)")[1]]

    def test_marks(self):
        self.play()
        [line] = self.flags("Box")
        self.assertIn(r"\Flagged", line)
        self.assertIn(r"\Seen", line)
        self.assertNotIn(r"\Flagged", self.flags("INBOX")[0])

    def test_deleted_it_goes_to_the_trash_and_the_conversation_comes_back_to_its_folder(self):
        self.play(f"""
            await press("Delete");
            await gone("{OTHER}");
            await there(".o_notification");
        """)
        self.assertEqual([len(self.flags(folder)) for folder in ("INBOX", "Box", "Trash")], [1, 0, 1])
