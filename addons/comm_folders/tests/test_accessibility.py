from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.common import CommCase

from .axe import ODOO_SEARCH_MENU_RULES, AxeCase


@tagged("post_install", "-at_install")
class TestAccessibility(CommCase, AxeCase):
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
        self.outgoing = self.make_mailbox(name="Out", kind="smtp", email="anna@example.com", host="smtp.example.com")
        self.env["comm.structure.entry"].with_user(self.anna).insert("personal", {"mailbox_id": mailbox.id})
        self.env["comm.remote.sender"].with_user(self.anna).create({"email": "news@example.com"})

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

    def test_colors(self):
        picker = ".o_font_color_selector"
        clicks = [".o_comm_new", ".o_comm_composer_bar .o-select-color-foreground"]
        looks = []
        for tab in ("solid", "custom", "gradient"):
            clicks.append(f"{picker} .{tab}-tab")
            looks.append({"clicks": clicks, "ready": f"{picker} button.active.{tab}-tab", "include": picker})
            clicks = []
        self.look_at("/odoo/communication", looks, without=())

    def test_settings(self):
        action = self.env.ref("comm_folders.action_my_settings").id
        self.look_at_tabs(
            f"/odoo/action-{action}",
            ("comm_general", "comm_preview", "comm_templates", "comm_notifications"),
            include=".o_comm_settings_form",
        )

    def look_at_tabs(self, path, pages, *, include, clicks=()):
        """Each of these tabs, one after the other; ``clicks``: what brings the form up first."""
        looks = []
        for page in pages:
            ready = f".o_notebook_headers a.active[name={page}]"
            looks.append(
                {"clicks": [*clicks, f".o_notebook_headers a[name={page}]"], "ready": ready, "include": include}
            )
            clicks = ()
        self.look_at(path, looks, without=())

    def test_mailbox(self):
        self.look_at_tabs(
            f"/odoo/action-comm_mailboxes.action_my_mailboxes/{self.mailbox.id}",
            ("server", "fetch", "folders", "events"),
            include=".o_form_sheet",
        )

    def test_shared_mailbox(self):
        mailbox = self.make_shared({self.anna: "write"}, name="Info", email="info@example.com", host="imap.example.com")
        self.anna.group_ids |= self.env.ref("comm_mailboxes.group_shared_manager")
        self.look_at_tabs(
            f"/odoo/action-comm_mailboxes.action_shared_mailboxes/{mailbox.id}", ("members",), include=".o_form_sheet"
        )

    def test_outgoing_mailbox(self):
        self.look_at_tabs(
            f"/odoo/action-comm_mailboxes.action_my_mailboxes/{self.outgoing.id}",
            ("server", "sending", "events"),
            include=".o_form_sheet",
        )

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
                self.opened(menu, ".o_comm_composer_blocks", without=ODOO_SEARCH_MENU_RULES),
                self.opened(menu, ".o_comm_message[data-index='1']||contextmenu"),
            ],
            without=(),
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
