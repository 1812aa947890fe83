import importlib.util
from pathlib import Path

from odoo.tests import tagged

from .common import StructureCase

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@tagged("post_install", "-at_install")
class TestMigrations(StructureCase):
    def migrate(self):
        self.env.flush_all()
        for path in sorted(MIGRATIONS.glob("*/*.py")):
            spec = importlib.util.spec_from_file_location("migration", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.migrate(self.env.cr, "19.0.1.3.0")
        self.env.invalidate_all()

    def test_the_rules_of_before_show_no_place_to_who_is_no_member(self):
        folder = self.insert("Team", user=self.manager, scope="shared").folder_id
        folder.member_ids.unlink()
        rules = ("rule_entry_own", "rule_entry_shared")
        wanted = {name: self.env.ref(f"comm_folders.{name}").domain_force for name in rules}
        for name in rules:
            self.env.ref(f"comm_folders.{name}").domain_force = "[(1, '=', 1)]"
        everybody = self.env.ref("comm_folders.rule_folder_shared_manager").copy({"name": "Everybody", "groups": False})
        self.env["ir.model.data"].create(
            {"module": "comm_folders", "name": "rule_folder_shared_read", "model": "ir.rule", "res_id": everybody.id}
        )
        self.migrate()
        self.assertFalse(everybody.exists())
        self.assertEqual({name: self.env.ref(f"comm_folders.{name}").domain_force for name in rules}, wanted)
        self.assertEqual(self.outline(self.ben, "shared"), [])
