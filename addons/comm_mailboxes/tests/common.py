import os
import sys
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user
from odoo.tools import config


def shared_lab():
    """Return the lab: real mail servers on the loopback, started once per process. It lives beside the addons."""
    folder = os.environ.get("COMM_TESTS_DIR") or str(Path(__file__).resolve().parents[3] / "tests")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from lab import shared_lab as start  # noqa: PLC0415 (not a package of ours: found through the path above)

    return start()


class CommCase(TransactionCase):
    """Three users: anna and ben with mailboxes of their own, and an administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = new_test_user(cls.env, "comm_anna", groups="comm_mailboxes.group_user", lang="en_US")
        cls.ben = new_test_user(cls.env, "comm_ben", groups="comm_mailboxes.group_user", lang="en_US")
        cls.manager = new_test_user(cls.env, "comm_manager", groups="comm_mailboxes.group_shared_manager", lang="en_US")
        cls.admin = new_test_user(cls.env, "comm_admin", groups="base.group_system", lang="en_US")

    def make_mailbox(self, user=None, **vals):
        """Create a personal mailbox of ``user`` (anna by default) as that user."""
        user = user or self.anna
        return self.env["comm.mailbox"].with_user(user).create({"name": "Office", **vals})

    def make_shared(self, members, **vals):
        """Create a shared mailbox.

        :param members: ``{user or group: access}``
        """
        lines = [
            Command.create({"user_id" if who._name == "res.users" else "group_id": who.id, "access": access})
            for who, access in members.items()
        ]
        return (
            self.env["comm.mailbox"]
            .with_user(self.manager)
            .create({"name": "Info", "scope": "shared", "member_ids": lines, **vals})
            .with_env(self.env)
        )

    def make_message(self, mailbox, **vals):
        """Create a message in the mailbox' inbox, as the engine would."""
        folder = mailbox.sudo().folder_ids.filtered(lambda folder: folder.role == "inbox") or self.env[
            "comm.folder"
        ].sudo().create({"mailbox_id": mailbox.id, "name": "INBOX", "path": "INBOX", "role": "inbox"})
        return self.env["comm.message"].create(
            {"folder_id": folder.id, "mailbox_id": mailbox.id, "subject": "Offer", **vals}
        )

    def failure_of(self, action, *args):
        """Return the text of the UserError of ``action``. (``assertRaises`` would roll back what it left in the database.)"""
        try:
            action(*args)
        except UserError as error:
            return str(error)
        return self.fail("no UserError")


class LabCase(CommCase):
    """A mailbox of anna's on a real server. Commits go into the test's transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = shared_lab()
        options = {
            "comm_mailboxes_allowed_hosts": "127.0.0.1, localhost, mail.lab.test",
            "comm_mailboxes_ca_file": str(cls.lab.ca_file),
        }
        patcher = patch.dict(config.options, options)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    def setUp(self):
        super().setUp()
        self.account = self.lab.account()
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()

    def make_lab_mailbox(self, user=None, account=None, **vals):
        account = account or self.account
        return self.make_mailbox(
            user,
            **{
                "host": self.lab.host,
                "port": self.lab.ports["imaps"],
                "security": "tls",
                "login": account.address,
                "password": account.password,
                **vals,
            },
        )

    def deliver(self, subject="Hello", folder="INBOX", body="Text", account=None, **options):
        raw = (
            f"From: Sender <sender@example.com>\r\nTo: {self.account.address}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{subject.replace(' ', '-')}@example.com>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        ).encode()
        self.lab.deliver((account or self.account).address, raw, folder=folder, **options)
        return raw

    def messages(self, mailbox):
        return self.env["comm.message"].search([("mailbox_id", "=", mailbox.id)])
