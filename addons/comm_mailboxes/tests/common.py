import os
import re
import sys
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import config

from ..protocol.imap import ImapSession
from ..sync.lease import account_of


def shared_lab():
    """Return the lab: real mail servers on the loopback, started once per process. It lives beside the addons."""
    folder = os.environ.get("COMM_TESTS_DIR") or str(Path(__file__).resolve().parents[3] / "tests")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from lab import shared_lab as start  # noqa: PLC0415 (not a package of ours: found through the path above)

    return start()


def long_running(case):
    """Leave a class of tests that take minutes to ``./dev test --long``; Odoo's own runner has it under ``comm_long``."""
    case = tagged("-standard", "comm_long")(case)
    try:
        import pytest  # noqa: PLC0415 (an Odoo that runs these tests by itself need not have it)
    except ImportError:
        return case
    return pytest.mark.long(case)


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


class SyncCase(LabCase):
    """A mailbox whose folders are all fetched, and another mail program (plain imaplib) on the same account."""

    def setUp(self):
        super().setUp()
        self.client = self.lab.imap(self.account)
        self.addCleanup(self._log_out)

    def _log_out(self):
        self.client.logout()

    def make_synced(self, **vals):
        """Return a mailbox of anna's, fetched, with all folders chosen."""
        mailbox = self.make_lab_mailbox(**{"fetch_subfolders": True, **vals})
        mailbox.refresh_folders()
        mailbox.folder_ids.fetch_mode = "tree"
        mailbox.fetch_mail()
        return mailbox.with_env(self.env)

    def folder(self, mailbox, path):
        folder = mailbox.folder_ids.filtered(lambda folder: folder.path == path)
        self.assertEqual(len(folder), 1, path)
        return folder.with_env(self.env)

    def message(self, mailbox, subject):
        message = self.messages(mailbox).filtered(lambda message: message.subject == subject)
        self.assertEqual(len(message), 1, subject)
        return message.with_env(mailbox.env)

    def operations(self, mailbox):
        return self.env["comm.operation"].search([("mailbox_id", "=", mailbox.id)])

    def through(self, proxy, mailbox):
        """Let the mailbox reach its server through the lab's proxy."""
        mailbox.write({"port": proxy.port, "security": "none"})
        self._keep_account(mailbox)

    def directly(self, mailbox):
        mailbox.write({"port": self.lab.ports["imaps"], "security": "tls"})
        self._keep_account(mailbox)

    def _keep_account(self, mailbox):
        """At another address there may be another account, which the engine compares with what it has before all else."""
        mailbox.sudo().lease_ids.account = account_of(mailbox)

    @contextmanager
    def meanwhile(self, method, action, when=lambda session, *_args: True):
        """Do ``action`` once, right after the server answered the engine's call of this method of its session.

        :param when: called with the session and the call's arguments, tells whether this is the moment
        """
        real, waiting = getattr(ImapSession, method), [action]

        def call(session, *args, **options):
            result = real(session, *args, **options)
            if waiting and when(session, *args):
                waiting.pop()()
                self.env.flush_all()
            return result

        with patch.object(ImapSession, method, call):
            yield
        self.assertFalse(waiting, f"{method} was not called")

    # The other program

    def number(self, path, subject):
        """Select ``path`` and return the number of a message there."""
        self.client.select(f'"{path}"')
        [found] = self.client.search(None, "UNDELETED", "SUBJECT", f'"{subject}"')[1]
        return found.split()[0]

    def move(self, path, subject, target):
        self.assertEqual(self.client._simple_command("MOVE", self.number(path, subject), f'"{target}"')[0], "OK")

    def expunge(self, path, subject):
        self.client.store(self.number(path, subject), "+FLAGS", r"(\Deleted)")
        self.client.expunge()

    def flags(self, path, subject):
        [found] = self.client.fetch(self.number(path, subject), "(FLAGS)")[1]
        names = re.search(rb"FLAGS \((.*?)\)", found)[1].decode().split()
        return set(names) - {r"\Recent"}

    def subjects(self, path):
        """Return the subjects of what is in the folder on the server and not marked as deleted."""
        self.client.select(f'"{path}"')
        numbers = self.client.search(None, "UNDELETED")[1][0].split()
        headers = [self.client.fetch(number, "(BODY.PEEK[HEADER])")[1][0][1] for number in numbers]
        return [str(message_from_bytes(header)["Subject"]) for header in headers]

    @staticmethod
    def with_attachment(subject, content=b"Content"):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "sender@example.com", "anna@lab.test", subject
        message["Message-ID"], message["Date"] = f"<{subject}@example.com>", "Mon, 02 Nov 2026 10:00:00 +0100"
        message.set_content("Text")
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename="file.bin")
        return message.as_bytes(policy=SMTP)
