import importlib.util
from pathlib import Path

from odoo.tests import tagged
from odoo.tools import SQL

from .operations import OperationCase

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@tagged("post_install", "-at_install")
class TestMigrations(OperationCase):
    """What users did before an update is as they left it afterwards, and the server still learns of it."""

    def migrate(self):
        """Run the scripts of all versions, the oldest first, as an update from 19.0.1.0.0 does."""
        self.env.flush_all()
        scripts = sorted(MIGRATIONS.glob("*/*.py"), key=lambda path: (path.parent.name, path.name))
        self.assertTrue(scripts)
        for path in scripts:
            spec = importlib.util.spec_from_file_location("migration", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_marks_stay_and_messages_of_the_first_version_get_their_place(self):
        self.messages[0].sudo().with_context(comm_sync=True).write({"is_seen": True, "is_flagged": True})
        before = self.messages.read(["is_seen", "is_flagged", "uid", "folder_id"])
        counts = self.inbox.message_count, self.inbox.unread_count
        self.env.flush_all()
        # The first version knew no other place than the one where a message is shown.
        self.env.cr.execute("UPDATE comm_message SET server_folder_id = NULL WHERE id = ANY(%s)", [self.messages.ids])
        self.migrate()
        self.assertEqual(self.messages.read(["is_seen", "is_flagged", "uid", "folder_id"]), before)
        self.assertEqual(self.messages.server_folder_id, self.inbox)
        self.assertEqual((self.inbox.message_count, self.inbox.unread_count), counts)
        self.messages[1].is_seen = True
        self.assertEqual(self.queue(), [("flag", 2, r"\Seen", True)])

    def test_what_waits_for_the_server_waits_on(self):
        self.messages[0].is_seen = True
        self.messages[1].move_to(self.archive)
        self.messages[2].move_to(self.trash)
        self.messages[2].delete(seen_in=self.trash.id)
        before = self.queue()
        self.env.flush_all()
        self.env.cr.execute("UPDATE comm_operation SET folder_id = NULL WHERE kind = 'expunge'")
        self.migrate()
        self.assertEqual(self.queue(), before)
        self.assertEqual(self.queue()[-1], ("expunge", 3, "INBOX", False))

    def test_what_was_begun_was_begun_in_the_folder_where_it_was_to_go(self):
        self.messages[:2].move_to(self.archive)
        moves = self.env["comm.operation"].search([("message_id", "in", self.messages.ids)], order="message_id")
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE comm_operation ADD COLUMN begun boolean")
        self.env.cr.execute("UPDATE comm_operation SET begun = TRUE WHERE id = %s", [moves[0].id])
        self.migrate()
        self.assertEqual(moves.mapped("begun_in_id"), self.archive)
        self.assertFalse(moves[1].begun_in_id)

    def test_folders_made_for_all_stay_visible_to_everybody(self):
        folders = self.env["comm.folder"].create([{"name": name, "is_local": True} for name in ("Ours", "Theirs")])
        usual = folders[0].member_ids.mapped("group_id")
        folders[1].member_ids.filtered(lambda line: line.access == "write").unlink()
        folders[0].member_ids.unlink()
        self.migrate()
        self.assertEqual(folders[0].member_ids.group_id, usual)
        self.assertEqual(len(folders[1].member_ids), 1, "what somebody decided stays")

    def test_what_was_there_before_is_searched_and_shown_as_what_comes(self):
        message = self.messages[0].sudo().with_context(comm_sync=True)
        message.write({"email_from": '"\u202emoc.elpmaxe@knab" <evil@example.com>', "subject": "\u202etext"})
        search = self.env["comm.message.search"].sudo()
        search._index_batch()
        self.migrate()
        self.assertEqual((message.email_from, message.subject), ('"moc.elpmaxe@knab" <evil@example.com>', "text"))
        waiting = SQL("SELECT count(*) FROM comm_message_search WHERE document IS NULL AND message_id = %s", message.id)
        self.assertEqual(self.env.execute_query(waiting), [(1,)])
        search._index_batch()
        self.assertEqual(self.env.execute_query(waiting), [(0,)])
