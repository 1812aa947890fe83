from datetime import datetime
from unittest.mock import patch

from psycopg2 import DataError
from psycopg2.errors import UniqueViolation

from odoo import models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from .common import CommCase

# What means something to COPY, and what is easily lost on the way to a database
TEXTS = [
    "Angebot über Nußbaum", "a\tb", "a\nb\r\nc\rd", "\\", "\\N", "\\.", "a\\nb", "\\x41", " ", "", "'; DROP TABLE --", '"',
    "日本語 🎉", "\x01\x7f\u2028", "%s %(name)s", "x" * 100_000, False, None,
]  # fmt: skip
FILES = [
    {"name": "plan.pdf", "raw": b"%PDF-1.4 plan", "mimetype": "application/pdf"},
    {"name": "Notiz\tüber\n\\N.txt", "raw": "Grüße\tvom\\Amt\nvier Worte".encode(), "mimetype": "text/plain"},
    {"name": "logo.png", "raw": b"\x89PNG\r\n", "mimetype": "image/png", "comm_content_id": "logo@lab"},
    {"name": "source.eml", "raw": b"Subject: Hello\r\n\r\n", "mimetype": "text/plain", "comm_is_source": True},
    {"name": "page.html", "raw": b"<b>Hello</b>", "mimetype": "text/html"},
    {"name": "empty.bin", "raw": b""},
]


class TestMessageInsert(CommCase):
    """Rows by COPY are the rows that the ORM would have made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("make_mailbox")
        cls.mailbox = case.make_mailbox().sudo()
        cls.message = case.make_message(cls.mailbox)
        cls.folder = cls.message.folder_id

    def by_copy(self, model, **context):
        return self.env[model].with_context(comm_by_copy=True, **context)

    def rows(self, records):
        """Return all columns of the records, in their order, but their ids and the numbers of new conversations."""
        records.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT * FROM %s WHERE id = ANY(%s) ORDER BY id", SQL.identifier(records._table), records.ids)
        )
        return [
            {name: value for name, value in row.items() if name not in ("id", "thread_key")}
            for row in self.env.cr.dictfetchall()
        ]

    def assert_same(self, model, vals_list, **context):
        copied = self.by_copy(model, **context).create(vals_list)
        created = self.env[model].with_context(**context).create(vals_list)
        self.assertEqual(len(self.rows(copied)), len(vals_list))
        for one, other in zip(self.rows(copied), self.rows(created), strict=True):
            self.assertEqual(one, other)

    def message_vals(self, **vals):
        return {"folder_id": self.folder.id, "mailbox_id": self.mailbox.id, **vals}

    def test_messages_have_every_column_the_same(self):
        vals_list = [
            self.message_vals(
                subject=text,
                email_to=text,
                body_html=text,
                body_text=text,
                keywords=text,
                references=text,
                server_folder_id=self.folder.id,
                size=2**31 - 1,
                date=datetime(2025, 1, 6, 8, 30, 59),
                is_seen=bool(text),
                active=text != "\\",
                partner_id=self.env.user.partner_id.id,
                defect=text,
            )
            for text in TEXTS
        ]
        self.assert_same("comm.message", vals_list)

    def test_messages_with_different_fields_have_every_column_the_same(self):
        self.assert_same(
            "comm.message",
            [self.message_vals(), self.message_vals(subject="Offer", date=False, delivery={"a@b": [250, "\\ok\n"]})],
        )

    def test_files_have_every_column_the_same(self):
        files = [{**file, "res_model": "comm.message", "res_id": self.message.id} for file in FILES]

        self.assert_same("ir.attachment", files)
        self.assert_same("ir.attachment", files, attachments_mime_plainxml=True, image_no_postprocess=True)

    def test_files_in_the_database_have_every_column_the_same(self):
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")

        self.assert_same("ir.attachment", [{"name": "a", "raw": bytes(range(256))}, {"name": "b", "raw": b"\\x00\n"}])

    def test_defaults_are_asked_once_for_all_and_of_each_context(self):
        asked = []
        default_get = models.BaseModel.default_get

        def counted(model, names):
            asked.append(model._name)
            return default_get(model, names)

        vals_list = [{"name": f"{number}.txt", "raw": b"text"} for number in range(20)]
        with patch.object(models.BaseModel, "default_get", counted):
            copied = self.by_copy("ir.attachment").create(vals_list)
            described = self.by_copy("ir.attachment", default_description="Described").create(vals_list)
        self.assertEqual(asked.count("ir.attachment"), 2)
        self.assertEqual(
            (set(copied.mapped("description")), set(described.mapped("description"))), ({False}, {"Described"})
        )

    def test_large_uid(self):
        message = self.by_copy("comm.message").create(self.message_vals(server_folder_id=self.folder.id, uid=2**32 - 1))

        message.invalidate_recordset()
        self.assertEqual(message.uid, 2**32 - 1)

    def test_counts_of_the_folder_follow(self):
        before = self.folder.message_count, self.folder.unread_count

        self.by_copy("comm.message").create(
            [self.message_vals(), self.message_vals(is_seen=True), self.message_vals(active=False)]
        )

        self.assertEqual((self.folder.message_count, self.folder.unread_count), (before[0] + 2, before[1] + 1))

    def test_lists_that_were_read_before_show_the_new_rows(self):
        self.assertFalse(self.message.attachment_ids)

        copied = self.by_copy("ir.attachment").create(
            {"name": "a", "raw": b"a", "res_model": "comm.message", "res_id": self.message.id}
        )

        self.assertEqual(self.message.attachment_ids, copied.with_env(self.env))
        self.assertEqual(copied.raw, b"a")

    def test_nobody_gets_rights_by_it(self):
        with self.assertRaises(AccessError):
            self.by_copy("comm.message").with_user(self.anna).create(self.message_vals())
        with self.assertRaises(AccessError):
            self.by_copy("ir.attachment").with_user(self.ben).create(
                {"name": "a", "raw": b"a", "res_model": "comm.message", "res_id": self.message.id}
            )

    def test_constraints_hold(self):
        with self.assertRaises(ValidationError):
            self.by_copy("ir.attachment").create(
                {"name": "a", "public": True, "res_model": "comm.message", "res_id": self.message.id}
            )
        placed = self.message_vals(server_folder_id=self.folder.id, uid=7)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.by_copy("comm.message").create([placed, placed])

    def test_what_no_database_takes_is_refused(self):
        with self.assertRaises(DataError), self.env.cr.savepoint():
            self.by_copy("comm.message").create(self.message_vals(subject="a\0b"))
