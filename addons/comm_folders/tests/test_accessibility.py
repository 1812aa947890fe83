import json
import os
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.browser import BrowserCase
from odoo.addons.comm_mailboxes.tests.common import CommCase
from odoo.addons.comm_mailboxes.tests.real_input import SCRIPT, real_input

# The parts of Odoo itself within our screens, which we cannot mend: its tabs name no tablist, the place where it folds
# breadcrumbs has no name, its lists have a column without a heading, its fields with suggestions say aria-selected.
ODOO = (
    ".o_notebook_headers",
    ".o_control_panel_breadcrumbs",
    ".o_list_actions_header",
    ".o-autocomplete--input",
    ".o_statusbar_status",
    ".o_select_menu",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")

# What Odoo's own menus and dialogs do around ours: its menu items say aria-selected, menus hold fields to search in, and each
# dialog has a header and a main part of its own.
ODOO_RULES = ("region", "landmark-no-duplicate-banner", "landmark-no-duplicate-main", "landmark-main-is-top-level")
ODOO_MENU_RULES = ("aria-allowed-attr", "aria-required-children")

LOOK = """
(async () => {
    const rules = Object.fromEntries(%(without)s.map((name) => [name, { enabled: false }]));
    const faults = [];
    for (const { clicks, ready, include, isClosed } of %(looks)s) {
        for (const selector of clicks) {
            const [place, text = "", type = "click"] = selector.split("|");
            const isIt = (each) => each.textContent.includes(text);
            const button = await until(`${selector} is there`, () => [...document.querySelectorAll(place)].find(isIt));
            const { left, top } = button.getBoundingClientRect();
            const at = { clientX: left + 60, clientY: top + 20, button: type === "click" ? 0 : 2 };
            button.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, ...at }));
            await pause(200);
        }
        await there(ready);
        // What fades in has another contrast until it is there.
        await pause(700);
        const exclude = %(exclude)s.filter((selector) => document.querySelector(selector));
        const found = await axe.run({ include: [include], exclude }, { runOnly: %(rules)s, rules, iframes: false });
        if (!found.passes.length) {
            throw new Error(`Nothing was looked at: ${ready}`);
        }
        for (const { id, nodes } of found.violations) {
            for (const { html, failureSummary } of nodes) {
                faults.push(`${clicks.at(-1)}: ${id}: ${html.slice(0, 200)} ${failureSummary}`);
            }
        }
        if (isClosed) {
            await press("Escape");
            await gone(ready);
        }
    }
    if (faults.length) {
        console.error(faults.join("\\n"));
    } else {
        console.log("test successful");
    }
})().catch((error) => console.error(error.message));
"""


def axe():
    """Return axe-core, which ./dev test installs below .dev."""
    folder = os.environ.get("COMM_NODE_DIR") or Path(__file__).resolve().parents[3] / ".dev" / "node"
    return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@tagged("post_install", "-at_install")
class TestAccessibility(CommCase, BrowserCase):
    """axe-core looks at each screen: contrast (AA), names of buttons, roles."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        mailbox = self.make_mailbox(email="anna@example.com", host="imap.example.com")
        for number in range(3):
            message = self.make_message(
                mailbox,
                subject=f"Offer {number}",
                email_from=f"Person {number} <person{number}@example.com>",
                email_to="anna@example.com",
                message_id=f"<{number}@example.com>",
                in_reply_to=number and "<0@example.com>",
                date=f"2026-11-0{number + 1} 10:00:00",
                body_html='<p>Text</p><img src="https://pictures.example/a.gif">',
                is_flagged=number == 1,
                is_answered=number == 1,
            )
        self.env["ir.attachment"].create(
            {"name": "Offer.pdf", "raw": b"%PDF", "res_model": message._name, "res_id": message.id}
        )
        message.has_attachment = True
        message.sender_checks = "imap.example.com; dmarc=fail"
        self.mailbox = mailbox
        self.env["comm.folder"].create({"mailbox_id": mailbox.id, "name": "Alpha", "path": "Alpha"})
        self.make_mailbox(name="Out", kind="smtp", email="anna@example.com", host="smtp.example.com")
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": mailbox.id})
        self.env["comm.remote.sender"].with_user(self.anna).create({"email": "news@example.com"})

    def look(self, path, ready, *, include, clicks=()):
        """Open a page, click what is to be clicked, and have axe-core look at ``include`` once ``ready`` is there."""
        self.look_at(path, [{"clicks": clicks, "ready": ready, "include": include}])

    def look_at(self, path, looks, *, without=ODOO_RULES):
        """Open a page and look at one thing after the other, as ``look()`` does; ``isClosed``: Escape closes it then.

        What is clicked is a selector, "selector|text within it", or "selector||contextmenu" for the right button.
        """
        code = LOOK % {
            "looks": json.dumps(looks),
            "exclude": json.dumps(ODOO),
            "rules": json.dumps(RULES),
            "without": json.dumps(without),
        }
        with real_input():
            self.browser_js(path, axe() + SCRIPT + code, "odoo.isReady === true", login=self.anna.login, timeout=180)

    def test_manager(self):
        self.look(
            "/odoo/communication",
            ".o_comm_message_preview .o_comm_attachment",
            include=".o_comm_manager_action",
            clicks=[".o_comm_folder_tree .o_comm_tree_row[data-key*=folder]", ".o_comm_message[data-index='0']"],
        )

    def test_conversations(self):
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.anna)
        settings.comm_conversations = True
        self.look(
            "/odoo/communication",
            ".o_comm_conversation .o_comm_conversation_open",
            include=".o_comm_manager_action",
            clicks=[".o_comm_message:has(.o_comm_conversation_count)"],
        )

    def test_structure_editor(self):
        self.look(
            "/odoo/my-folder-structure",
            ".o_comm_places .o_comm_tree_selected",
            include=".o_comm_structure_editor",
            clicks=[".o_comm_places .o_comm_tree_row"],
        )

    def test_composer(self):
        self.look(
            "/odoo/communication",
            ".o_comm_composer .o_comm_composer_text",
            include=".o_comm_composer",
            clicks=[".o_comm_new"],
        )

    def test_settings(self):
        action = self.env.ref("comm_folders.action_my_settings").id
        for page in ("comm_general", "comm_preview", "comm_templates", "comm_notifications"):
            with self.subTest(page):
                self.look(
                    f"/odoo/action-{action}",
                    f".o_notebook_headers a.active[name={page}]",
                    include=".o_comm_settings_form",
                    clicks=[f".o_notebook_headers a[name={page}]"],
                )

    def test_mailbox(self):
        self.look(
            f"/odoo/action-comm_mailboxes.action_my_mailboxes/{self.mailbox.id}",
            ".o_form_view .o_field_widget[name=host]",
            include=".o_form_sheet",
        )

    def opened(self, ready, *clicks):
        """Return what to look at that opens by these clicks and closes by Escape."""
        return {"clicks": clicks, "ready": ready, "include": ready, "isClosed": True}

    def test_menus(self):
        folder = ".o_comm_tree_row[data-key*=folder]"
        menu = ".o-dropdown--menu"
        self.look_at(
            "/odoo/communication",
            [
                self.opened(menu, ".o_comm_more"),
                self.opened(menu, f"{folder} .o_comm_tree_menu"),
                self.opened(menu, ".o_comm_tree_row[data-key^=entry] .o_comm_tree_menu"),
                self.opened(menu, folder, ".o_comm_sort"),
                self.opened(menu, ".o_comm_message[data-index='0']", ".o_comm_message_menu"),
                self.opened(menu, ".o_comm_mail_badge"),
                self.opened(menu, ".o_comm_new", ".o_comm_composer_attach"),
                self.opened(menu, ".o_comm_composer_options"),
                self.opened(menu, ".o_comm_composer_blocks"),
                self.opened(menu, ".o_comm_message[data-index='1']||contextmenu"),
            ],
            without=ODOO_RULES + ODOO_MENU_RULES,
        )

    def test_dialogs(self):
        folder = ".o_comm_tree_row[data-key*=folder]"
        menu = f"{folder} .o_comm_tree_menu"
        item = ".o-dropdown-item"
        dialog = ".modal"
        self.look_at(
            "/odoo/communication",
            [
                self.opened(dialog, ".o_comm_more", f"{item}|Keyboard shortcuts"),
                self.opened(dialog, menu, f"{item}|New folder"),
                self.opened(dialog, menu, f"{item}|Properties"),
                self.opened(
                    dialog, folder, ".o_comm_message[data-index='0']", ".o_comm_tool.o_comm_move:not([aria-disabled])"
                ),
                self.opened(dialog, ".o_comm_message_menu", f"{item}|Show all headers"),
                self.opened(
                    dialog, f"{folder}|Alpha", f"{folder}:has([title=Alpha]) .o_comm_tree_menu", f"{item}|Rename"
                ),
                self.opened(dialog, f"{folder}:has([title=Alpha]) .o_comm_tree_menu", f"{item}|Delete"),
            ],
        )
