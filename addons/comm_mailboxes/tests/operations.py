"""What the tests of the queue share: a mailbox whose mail lies on a server that nobody has to ask."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.tools import mute_logger

from .common import CommCase


class OperationCase(CommCase):
    """Anna's mailbox with messages that lie in the inbox of a server, and a few folders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls.make_mailbox(cls)
        cls.inbox = cls.make_folder("INBOX", role="inbox")
        cls.archive = cls.make_folder("Archive")
        cls.trash = cls.make_folder("Trash", role="trash", role_is_chosen=True)
        cls.messages = cls.place(cls.inbox, range(1, 4)).with_user(cls.anna)
        cls.message = cls.messages[0]

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))

    @classmethod
    def make_folder(cls, path, mailbox=None, parent=None, **vals):
        return cls.env["comm.folder"].create(
            {
                "mailbox_id": (mailbox or cls.mailbox).id,
                "name": path.rpartition("/")[2],
                "path": path,
                "delimiter": "/",
                "parent_id": parent and parent.id,
                **vals,
            }
        )

    @classmethod
    def place(cls, folder, uids, **vals):
        return cls.env["comm.message"].create(
            [
                {
                    "folder_id": folder.id,
                    "server_folder_id": folder.id,
                    "mailbox_id": folder.mailbox_id.id,
                    "uid": uid,
                    "subject": f"Mail {uid}",
                    **vals,
                }
                for uid in uids
            ]
        )

    def operations(self, mailbox=None):
        return self.env["comm.operation"].search([("mailbox_id", "=", (mailbox or self.mailbox).id)])

    def queue(self):
        """Return what waits, as tuples that read like sentences."""
        return [
            (operation.kind, operation.message_id.uid, operation.flag or operation.folder_id.name, operation.value)
            for operation in self.operations()
        ]

    def events(self, mailbox=None):
        return (mailbox or self.mailbox).sudo().event_ids.filtered(lambda event: event.step == "push")


class CommittedCase(CommCase):
    """A mailbox with a message, in transactions of their own: what one test transaction does cannot get in its own way."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.sql_db", "odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        with self.committed() as env:
            mailbox = env["comm.mailbox"].create({"name": "Committed"})
            folder = env["comm.folder"].create({"name": "INBOX", "path": "INBOX", "mailbox_id": mailbox.id})
            self.mailbox_id, self.folder_id = mailbox.id, folder.id
            self.message_id = self.deliver(env).id
        self.addCleanup(self.remove)

    @contextmanager
    def committed(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def deliver(self, env):
        return env["comm.message"].create(
            {
                "subject": "Mail",
                "folder_id": self.folder_id,
                "server_folder_id": self.folder_id,
                "mailbox_id": self.mailbox_id,
            }
        )

    def remove(self):
        with self.committed() as env:
            env["comm.mailbox"].browse(self.mailbox_id).unlink()
