"""The machinery of the tables "who may do what": see test_rights_matrix.py, and comm_folders for its own models."""

from dataclasses import dataclass, field

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import CommCase

OPERATIONS = "rwcd"


@dataclass
class Subject:
    """One kind of record of a model, and what each role may do with it.

    ``allowed``: ``{role: letters}`` out of r(ead), w(rite), c(reate one like it), d(elete); who is not named may
    nothing. ``record``: makes or returns the record, given the test case. ``write`` and ``create``: values to try with,
    ``create`` given the case and the user; without them the letter is tried nowhere and allowed nowhere. ``read``: the
    fields to read, all of them by default.
    """

    name: str
    record: object
    allowed: dict = field(default_factory=dict)
    write: dict | None = None
    create: object = None
    read: list | None = None


class Undo(Exception):
    """Ends an attempt that was allowed, so that the next one finds everything as it was."""


class RightsCase(CommCase):
    """The roles. Each is a user of their own; nobody plays two."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = cls.env["res.groups"]
        cls.desk = groups.create({"name": "Front desk"})
        cls.head_of_desk = groups.create({"name": "Head of the desk", "implied_ids": [Command.link(cls.desk.id)]})
        cls.document_groups = groups.create([{"name": "Documents read"}, {"name": "Documents write"}])

        def user(name, base="comm_mailboxes.group_user", more=groups):
            made = new_test_user(cls.env, f"role_{name}", groups=base)
            made.group_ids += more
            return made

        cls.roles = {
            "owner": cls.anna,
            "by_user": user("by_user"),
            "by_group": user("by_group", more=cls.head_of_desk),
            "reader": user("reader"),
            "manager": cls.manager,
            "administrator": cls.admin,
            "outsider": cls.ben,
            "document_reader": user("document_reader", "base.group_user", cls.document_groups[0]),
            "document_writer": user("document_writer", "base.group_user", cls.document_groups[1]),
            "employee": user("employee", "base.group_user"),
            "portal": user("portal", "base.group_portal"),
        }
        export = cls.env.ref("base.group_allow_export")
        for role, person in cls.roles.items():
            if role != "portal":
                person.group_ids += export

    def setUp(self):
        super().setUp()
        self.enterContext(
            mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db")
        )
        self.attachment_group = self.env["comm.attachment.group"].create(
            {
                "name": "Documents",
                "line_ids": [
                    Command.create({"group_id": group.id, "access": access})
                    for group, access in zip(self.document_groups, ("read", "write"), strict=True)
                ],
            }
        )
        group = {"attachment_group_id": self.attachment_group.id}
        self.personal = self.make_mailbox(name="Personal", password="secret", **group).with_env(self.env)
        roles = self.roles
        members = {roles["by_user"]: "write", self.desk: "write", roles["reader"]: "read"}
        self.shared = self.make_shared(members, name="Shared", **group)
        self.personal_message = self.make_message(self.personal, subject="Private")
        self.shared_message = self.make_message(self.shared, subject="For the desk")
        # Made by hand for all: the members are as those of the shared mailbox.
        self.kept_folder = self.env["comm.folder"].create(
            {
                "name": "Kept for all",
                "is_local": True,
                "member_ids": [
                    Command.create({"user_id": roles["by_user"].id, "access": "write"}),
                    Command.create({"group_id": self.desk.id, "access": "write"}),
                    Command.create({"user_id": roles["reader"].id, "access": "read"}),
                ],
            }
        )
        self.kept_message = self.env["comm.message"].create({"folder_id": self.kept_folder.id, "subject": "For all"})
        self.personal_document, self.shared_document = (
            self.env["ir.attachment"].create(
                {"name": "a.txt", "raw": b"content", "res_model": "comm.message", "res_id": message.id}
            )
            for message in (self.personal_message, self.shared_message)
        )
        self.env.flush_all()

    def may(self, action):
        """Whether ``action`` is allowed. What it did is undone."""
        # Whatever is in memory could be read without being asked.
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                result = action()
                self.env.flush_all()
                raise Undo
        except Undo:
            return result is not False
        except AccessError:
            return False

    def observed(self, subject, record, user):
        """Return the letters that are really allowed."""
        record = record.with_user(user)
        attempts = {"r": lambda: record.read(subject.read), "d": record.unlink}
        if subject.write is not None:
            attempts["w"] = lambda: record.write(subject.write)
        if subject.create is not None:
            attempts["c"] = lambda: record.browse().create(subject.create(self, user))
        return "".join(letter for letter in OPERATIONS if letter in attempts and self.may(attempts[letter]))

    def ways_to_see(self, record):
        """Return ``{name: action}``: other ways to learn of a record. Each returns whether it is there."""
        model = record.browse()
        domain = [("id", "=", record.id)]
        exporter = record.env.user.has_group("base.group_allow_export")
        return {
            "search": lambda: bool(model.search(domain)),
            "search_count": lambda: bool(model.search_count(domain)),
            "_read_group": lambda: bool(model._read_group(domain, ["id"], ["__count"])),
            "formatted_read_group": lambda: bool(model.formatted_read_group(domain, ["create_uid"], ["__count"])),
            "web_search_read": lambda: bool(model.web_search_read(domain, {"display_name": {}})["length"]),
            "name_search": lambda: bool(model.name_search("", domain)),
            "web_read": lambda: bool(record.web_read({"display_name": {}})),
            "export_data": lambda: exporter and bool(record.export_data(["id", "display_name"])["datas"]),
        }


class RightsMatrix:
    """The tests over a table. Mixed into a RightsCase with ``addon`` and ``table``: ``{model: [Subject, ...]}``."""

    addon = None
    table = {}

    def each(self):
        """Yield ``(title, subject, record, user, allowed)`` for every record and role."""
        for model, subjects in self.table.items():
            for subject in subjects:
                record = subject.record(self)
                self.assertEqual((record._name, len(record)), (model, 1), subject.name)
                for role, user in self.roles.items():
                    yield f"{model} ({subject.name}), {role}", subject, record, user, subject.allowed.get(role, "")

    def test_every_model_of_the_addon_has_an_entry(self):
        models = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == self.addon and not model._abstract
        }
        self.assertFalse(models - self.table.keys(), "models without an entry in the table")

    def test_every_role_may_what_the_table_says_and_nothing_else(self):
        for title, subject, record, user, allowed in self.each():
            with self.subTest(title):
                self.assertEqual(self.observed(subject, record, user), allowed)

    def test_every_way_to_see_a_record_is_open_or_closed_like_reading(self):
        for title, _subject, record, user, allowed in self.each():
            with self.subTest(title):
                ways = self.ways_to_see(record.with_user(user))
                self.assertEqual(
                    {name: self.may(action) for name, action in ways.items()}, dict.fromkeys(ways, "r" in allowed)
                )

    def test_copying_needs_reading_and_creating(self):
        for title, _subject, record, user, allowed in self.each():
            with self.subTest(title):
                try:
                    copied = self.may(record.with_user(user).copy)
                except IntegrityError:
                    # One too many for the database, which is asked before the rights: nothing was made.
                    continue
                self.assertEqual(copied, {"r", "c"} <= set(allowed))


def words_of_personal_message(case):
    words = case.env["comm.message.search"]
    message = case.personal_message
    return words.search([("message_id", "=", message.id)]) or words.create({"message_id": message.id})


def reference_values(case):
    references = case.env["comm.message.reference"]
    return {"mailbox_id": case.personal.id, "hash": references.search_count([]), "thread_key": 1}
