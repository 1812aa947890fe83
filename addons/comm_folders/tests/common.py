import json

from odoo.addons.comm_mailboxes.tests.common import CommCase


class StructureCase(CommCase):
    """Anna's mailbox with a folder tree, a shared mailbox whose member she is, and shorthands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = cls.make_mailbox(cls, name="Office").with_env(cls.env)
        cls.info = cls.make_shared(cls, {cls.anna: "write"}, name="Info")
        cls.Entry = cls.env["comm.structure.entry"]
        cls.inbox = cls.make_folder(cls.office, "INBOX", role="inbox", message_count=5, unread_count=2)
        cls.projects = cls.make_folder(cls.office, "Projects", subscribed=True)
        cls.alpha = cls.make_folder(cls.office, "Alpha", parent_id=cls.projects.id)

    @classmethod
    def make_folder(cls, mailbox, name, **vals):
        return cls.env["comm.folder"].create({"mailbox_id": mailbox.id, "name": name, "path": name, **vals})

    def insert(self, target, anchor=None, mode="after", user=None, scope="personal"):
        """Insert as ``user`` (anna by default); ``target`` is a mailbox, a folder or the name of a new folder."""
        key = {"comm.mailbox": "mailbox_id", "comm.folder": "folder_id"}
        target = {"folder_name": target} if isinstance(target, str) else {key[target._name]: target.id}
        entries = self.Entry.with_user(user or self.anna)
        return self.Entry.browse(entries.insert(scope, target, anchor and anchor.id, mode))

    def outline(self, user=None, scope="personal"):
        """Return the structure as that user's Manager gets it: names, indented by one dot a level."""
        entries = [entry for entry in self.tree(user)["entries"] if entry["scope"] == scope]

        def lines(parent_id, indent):
            for entry in entries:
                if entry["parent_id"] == parent_id:
                    yield indent + entry["name"]
                    yield from lines(entry["id"], indent + ".")

        return list(lines(False, ""))

    def tree(self, user=None):
        return self.Entry.with_user(user or self.anna).get_tree()


class NewsCase(StructureCase):
    """What is told to whom with a commit."""

    # What those are told who see another tree now.
    changed = {"folders": [], "new": [], "structure": True}

    def setUp(self):
        super().setUp()
        self.committed()

    def committed(self):
        """Do what a commit does, and return what was told: ``{login: payload}``."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([("message", "like", "comm_folders/news")])
        told = {}
        for row in rows:
            _database, model, record_id = json.loads(row.channel)
            record = self.env[model].browse(record_id)
            user = record if model == "res.users" else record.with_context(active_test=False).user_ids
            self.assertNotIn(user.login, told, "one message for each user")
            told[user.login] = json.loads(row.message)["payload"]
        rows.unlink()
        return told
