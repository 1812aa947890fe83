from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.common import SyncCase
from odoo.addons.comm_mailboxes.tests.oauth import OauthCase

from .axe import ODOO_FORM_DIALOG_RULES, AxeCase


@tagged("post_install", "-at_install")
class TestAccessibilityServer(SyncCase, AxeCase):
    """axe-core looks at the dialogs that ask a mail server."""

    def test_check_and_folders(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        for name in ("Projects", "Calendar"):
            self.client.create(name)
        mailbox = self.make_synced()
        dialog = ".modal"
        self.look_at(
            f"/odoo/action-comm_mailboxes.action_my_mailboxes/{mailbox.id}",
            [
                self.opened(dialog, "button[name=action_check]"),
                {
                    **self.opened(dialog, "button[name=action_check]", f"{dialog} .btn-primary|Start"),
                    "ready": f"{dialog} .alert-success",
                    "include": dialog,
                },
                {
                    **self.opened(dialog, ".o_notebook_headers a|Fetching", "button[name=action_subscribe]"),
                    "ready": f"{dialog} [role=tree]",
                    "include": dialog,
                },
                {
                    **self.opened(dialog, "button[name=action_select_folders]"),
                    "ready": f"{dialog} [role=tree]",
                    "include": dialog,
                },
            ],
            without=ODOO_FORM_DIALOG_RULES,
        )


@tagged("post_install", "-at_install")
class TestAccessibilityOauth(OauthCase, AxeCase):
    """The dialog with the code that is entered elsewhere."""

    def test_device_code(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.anna.password = self.anna.login
        mailbox = self.make_oauth_mailbox()
        self.look(
            f"/odoo/action-comm_mailboxes.action_my_mailboxes/{mailbox.id}",
            ".o_comm_device_user_code:not(:empty)",
            include=".modal",
            clicks=["button[name=action_oauth_device]"],
            without=ODOO_FORM_DIALOG_RULES,
        )
