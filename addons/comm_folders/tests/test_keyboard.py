from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import CommCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

RUN = """
(async () => {
    %s
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestKeyboard(CommCase, BrowserCase):
    """The Manager without a mouse: the keys come from the browser, so the focus goes where it goes for users."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        mailbox = self.make_mailbox(email="anna@example.com", host="imap.example.com")
        for name, role in (("Archive", "archive"), ("Trash", "trash")):
            self.env["comm.folder"].create({"mailbox_id": mailbox.id, "name": name, "path": name, "role": role})
        for number in range(3):
            self.make_message(
                mailbox,
                subject=f"Offer {number}",
                email_from=f"Person {number} <person{number}@example.com>",
                date=f"2026-11-0{number + 1} 10:00:00",
                body_html="".join(f"<p>Line {line} of the message</p>" for line in range(1, 81)),
            )
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": mailbox.id})
        self.mailbox = mailbox

    def play(self, steps):
        with real_input():
            self.browser_js(
                "/odoo/communication", SCRIPT + RUN % steps, "odoo.isReady === true", login=self.anna.login, timeout=180
            )

    def test_tab_goes_through_toolbar_tree_list_and_message(self):
        self.play("""
            const row = await there(".o_comm_message");
            document.querySelector(".o_comm_tool").focus();
            const order = [];
            const tab = async (selector) => {
                for (let time = 0; time < 40; time++) {
                    if (document.activeElement.closest(selector)) {
                        return order.push(selector);
                    }
                    await press("Tab");
                }
                throw new Error(`Tab does not reach ${selector} after ${order}`);
            };
            await tab(".o_comm_settings");
            await tab(".o_comm_folder_tree [role=treeitem]");
            await tab(".o_comm_search_input");
            await tab(".o_comm_filter");
            await tab(".o_comm_messages");
            await press("ArrowDown");
            await press("Enter");
            await there(".o_comm_message_body");
            await focused(".o_comm_messages");
            await tab(".o_comm_head_toggle");
            await tab(".o_comm_message_body");
            // Whoever comes by Tab stays, to scroll; and gets out again.
            await pause(700);
            await focused(".o_comm_message_body");
            await press("Tab");
            await until("Tab leaves the text", () => !document.activeElement.matches(".o_comm_message_body"));
        """)

    def test_after_a_click_into_the_text_letters_are_ours(self):
        self.play("""
            (await there(".o_comm_message")).click();
            const body = await there(".o_comm_message_body");
            await pause(1000);
            await clickAt(body);
            await focused(".o_comm_message_preview");
            await press("?");
            await there(".modal .o_comm_keys");
            await press("Escape");
            await gone(".modal");
            await focused(".o_comm_message_preview");
            await press("e");
            await there(".o_notification");
            // Who marks text and reaches for the right button is left alone.
            await there(".o_comm_message_body");
            await pause(1000);
            const next = document.querySelector(".o_comm_message_body");
            await clickAt(next);
            await clickAt(next, { y: 60 });
            await pause(500);
            await focused(".o_comm_message_body");
            await clickAt(document.querySelector(".o_comm_preview_subject"));
            await until("the text has no focus", () => !document.activeElement.matches(".o_comm_message_body"));
        """)

    def test_text_is_marked_by_the_mouse_and_scrolled_by_keys(self):
        self.play("""
            (await there(".o_comm_message")).click();
            const body = await there(".o_comm_message_body");
            await pause(1000);
            // The frame has a process of its own: it shows, scrolls and marks when it comes to it.
            const topLineAfter = async (last) => {
                let text = "";
                for (let time = 0; time < 10; time++) {
                    text = await marked(() => drag(body, { x: 10, y: 28 }, { x: 260, y: 100 }));
                    const line = Number(text.match(/Line (\\d+) of the/)?.[1]);
                    if (line > last) {
                        return line;
                    }
                    // What is marked would be dragged instead.
                    await clickAt(body);
                }
                throw new Error(`No line after ${last} comes to the top: ${text.slice(0, 80)}`);
            };
            let last = await topLineAfter(0);
            if (last !== 1) {
                throw new Error(`Marked is not the first line, but line ${last}`);
            }
            for (const key of ["PageDown", " ", "End"]) {
                await clickAt(body);
                await focused(".o_comm_message_preview");
                // The first one only goes there.
                await press(key);
                await focused(".o_comm_message_body");
                await press(key);
                await pause(1000);
                last = await topLineAfter(last);
            }
        """)

    def test_dialogs_and_deletions_leave_the_keyboard_where_it_was(self):
        self.play("""
            await there(".o_comm_message");
            document.querySelector(".o_comm_messages").focus();
            await press("m");
            await there(".o_comm_move_search");
            await focused(".o_comm_move_search");
            await press("Escape");
            await gone(".modal");
            await focused(".o_comm_messages");
            await press("Delete");
            await there(".o_notification");
            await focused(".o_comm_messages");
            await press("Home");
            await press(" ");
            await there(".o_comm_message_selected");
            await press("Escape");
            await gone(".o_comm_message_selected");
            document.querySelector(".o_comm_tree_row[data-key*=folder]").focus();
            await press("F10", "Shift");
            await there(".o_comm_folder_tree_menu");
            await press("Escape");
            await gone(".o_comm_folder_tree_menu");
            await focused(".o_comm_tree_row[data-key*=folder]");
            document.querySelector(".o_comm_tree_row[data-key^=entry]").focus();
            await press("ContextMenu");
            await there(".o_comm_folder_tree_menu");
            [...document.querySelectorAll(".o-dropdown-item")].find((item) => /New folder/.test(item.textContent)).click();
            await focused(".o_comm_name_dialog input");
            await press("Escape");
            await gone(".modal");
            await focused(".o_comm_tree_row[data-key^=entry]");
        """)

    def test_escape_closes_what_the_editor_shows_and_neither_leaves_the_text_nor_closes_the_window(self):
        self.make_mailbox(name="Out", kind="smtp", email="anna@example.com", host="smtp.example.com")
        self.play("""
            await there(".o_comm_message");
            document.querySelector(".o_comm_messages").focus();
            await press("n");
            const text = await there(".o_comm_composer_text");
            await pause(1000);
            await clickAt(text, { x: 20, y: 10 });
            await focused(".o_comm_composer_text");
            const closed = async (selector) => {
                await there(selector);
                await pause(300);
                await press("Escape");
                await gone(selector);
                await pause(500);
                await there(".o_comm_composer");
                await focused(".o_comm_composer_text");
            };
            await press("/");
            await closed(".o-we-powerbox");
            await press("/");
            await there(".o-we-powerbox");
            for (const letter of "link") {
                await press(letter);
            }
            await press("Enter");
            await closed(".o-we-linkpopover");
            // Nothing is open any more: it is for the window now.
            await press("Escape");
            await gone(".o_comm_composer");
        """)
