from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LabCase


@tagged("post_install", "-at_install")
class TestFetchMode(LabCase):
    """The dialog "Select…" and the rule "this folder and all below, also future ones"."""

    def setUp(self):
        super().setUp()
        for folder in ("Kunden/Nord", "Kunden/Süd", "Projekte", "Projekte/Alt"):
            self.deliver(f"In {folder}", folder=folder)
        self.mailbox = self.make_lab_mailbox(fetch_subfolders=True)

    def folder(self, path):
        return self.mailbox.folder_ids.filtered(lambda folder: folder.path == path)

    def test_before_the_first_refresh_there_is_nothing_to_choose_from(self):
        self.assertEqual(self.mailbox.folder_choices(), [])
        self.mailbox.refresh_folders()
        choices = {choice["path"]: choice for choice in self.mailbox.folder_choices()}
        self.assertEqual(choices["Kunden/Süd"]["parent_id"], choices["Kunden"]["id"])
        self.assertFalse(choices["Kunden"]["selectable"])
        self.assertEqual(choices["INBOX"]["role"], "inbox")
        self.assertEqual(choices["INBOX"]["fetch_mode"], "this", "the automatic fetch always takes the inbox")
        others = {choice["fetch_mode"] for path, choice in choices.items() if path != "INBOX"}
        self.assertEqual(others, {"no"})

    def test_folders_that_are_gone_or_exist_in_odoo_only_are_not_offered(self):
        self.mailbox.refresh_folders()
        self.folder("Projekte/Alt").sudo().is_missing = True
        self.env["comm.folder"].create(
            {"name": "Outbox", "is_local": True, "path": "Outbox", "mailbox_id": self.mailbox.id}
        )
        paths = {choice["path"] for choice in self.mailbox.folder_choices()}
        self.assertIn("Projekte", paths)
        self.assertFalse(paths & {"Projekte/Alt", "Outbox"})

    def test_this_folder_is_fetched_without_those_below(self):
        self.mailbox.refresh_folders()
        # JSON has no numbers as keys.
        self.mailbox.set_fetch_modes({str(self.folder("Projekte").id): "this"})
        self.assertEqual(self.mailbox.fetch_mail(), 1)
        self.assertEqual(self.messages(self.mailbox).folder_id.path, "Projekte")

    def test_a_folder_without_mail_stands_for_all_below_also_future_ones(self):
        self.mailbox.refresh_folders()
        kunden = self.folder("Kunden")
        self.assertFalse(kunden.is_selectable)
        self.mailbox.set_fetch_modes({kunden.id: "tree"})
        self.assertEqual(self.mailbox.fetch_mail(), 2)
        self.deliver("In the future", folder="Kunden/Ost/Neu")
        self.assertEqual(self.mailbox.fetch_mail(), 1)
        self.assertEqual(self.folder("Kunden/Ost/Neu").fetch_mode, "no", "the rule stands at the top, not in copies")

    def test_no_longer_chosen(self):
        self.mailbox.refresh_folders()
        self.mailbox.set_fetch_modes({self.folder("Projekte").id: "tree"})
        self.mailbox.set_fetch_modes({self.folder("Projekte").id: "no"})
        self.assertEqual(self.mailbox.fetch_mail(), 0)

    def test_a_sibling_with_a_similar_place_is_not_covered(self):
        self.mailbox.refresh_folders()
        self.folder("Projekte/Alt").fetch_mode = "tree"
        self.assertEqual(self.mailbox.fetch_mail(), 1)

    def test_what_cannot_be_chosen(self):
        self.mailbox.refresh_folders()
        with self.assertRaisesRegex(UserError, "holds no mail itself"):
            self.mailbox.set_fetch_modes({self.folder("Kunden").id: "this"})
        with self.assertRaises(ValueError):
            self.mailbox.set_fetch_modes({self.folder("Projekte").id: "always"})

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_folders_of_another_mailbox_are_out_of_reach(self):
        self.mailbox.refresh_folders()
        other = self.make_lab_mailbox(user=self.ben)
        other.set_fetch_modes({self.folder("Projekte").id: "tree"})
        self.assertEqual(self.folder("Projekte").fetch_mode, "no")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_only_who_may_edit_the_mailbox_may_choose(self):
        shared = self.make_shared({self.ben: "write"})
        self.mailbox.refresh_folders()
        self.mailbox.sudo().folder_ids.write({"mailbox_id": shared.id})
        folder = shared.folder_ids.filtered(lambda folder: folder.path == "Projekte")
        for user in (self.ben, self.anna):
            for method, *args in (
                ("action_select_folders",),
                ("folder_choices",),
                ("set_fetch_modes", {folder.id: "this"}),
            ):
                with self.subTest(f"{user.login} {method}"), self.assertRaises(AccessError):
                    getattr(shared.with_user(user), method)(*args)
        self.assertEqual(folder.fetch_mode, "no")
        for user, mode in ((self.manager, "this"), (self.admin, "tree")):
            self.assertTrue(shared.with_user(user).folder_choices())
            shared.with_user(user).set_fetch_modes({folder.id: mode})
            self.assertEqual(folder.fetch_mode, mode)
