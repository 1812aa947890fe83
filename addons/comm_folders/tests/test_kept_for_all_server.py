import json

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.tests.common import SyncCase


@tagged("post_install", "-at_install")
class TestKeptForAllOnAServer(SyncCase, HttpCase):
    """Anna moves mail of her own mailbox into a folder of the shared structure, where Rita reads it."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        self.rita = new_test_user(self.env, "comm_rita", groups="comm_mailboxes.group_user", lang="en_US")
        self.raw = self.deliver("Offer")
        self.lab.deliver(self.account.address, self.with_attachment("Plan"))
        self.mailbox = self.make_synced()
        self.inbox = self.folder(self.mailbox, "INBOX").with_user(self.anna)
        members = {self.anna: "write", self.rita: "read"}
        lines = [Command.create({"user_id": user.id, "access": access}) for user, access in members.items()]
        self.team = self.env["comm.folder"].create({"name": "Team", "is_local": True, "member_ids": lines})

    def shown(self, folder, user=None):
        return [row["subject"] for row in folder.with_user(user or self.anna).get_page()["messages"]]

    def trash(self):
        return self.mailbox._folder_with_role("trash").with_env(self.env)

    def test_the_original_is_kept_before_the_servers_copy_goes_to_the_trash(self):
        offer = self.message(self.mailbox, "Offer")
        result = self.inbox.change_messages("move", offer.ids, target_id=self.team.id)
        self.assertEqual(result["counts"][self.team.id], {"message_count": 1, "unread_count": 1})
        self.assertTrue(offer._source().endswith(self.raw))
        self.assertEqual(self.shown(self.team, self.rita), ["Offer"])
        self.assertIn("Offer", self.subjects("INBOX"), "the server learns of it later")
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertEqual(self.subjects("INBOX"), ["Plan"])
        self.assertEqual(self.subjects(self.trash().path), ["Offer"])
        # The copy in Anna's trash stays hers.
        twin = self.env["comm.message"].with_user(self.rita).search([("subject", "=", "Offer")])
        self.assertEqual(twin, offer.with_user(self.rita))

    def test_without_the_original_nothing_goes_anywhere(self):
        with self.lab.proxy("imap") as proxy:
            self.through(proxy, self.mailbox)
            proxy.cut_after(600)
            offer = self.message(self.mailbox, "Offer")
            with self.assertRaises(UserError):
                self.inbox.change_messages("move", offer.ids, target_id=self.team.id)
        self.directly(self.mailbox)
        self.assertEqual(self.shown(self.team), [])
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertCountEqual(self.subjects("INBOX"), ["Offer", "Plan"])
        self.assertCountEqual(self.shown(self.inbox), ["Offer", "Plan"])

    def test_all_of_a_folder_goes_there_and_comes_back(self):
        result = self.inbox.change_messages("move", excluded=[], target_id=self.team.id)
        self.assertCountEqual(self.shown(self.team, self.rita), ["Offer", "Plan"])
        self.env["comm.message.undo"].with_user(self.anna).browse(result["undo_id"]).undo()
        self.assertEqual(self.shown(self.team, self.rita), [])
        self.assertEqual((self.team.message_count, self.inbox.message_count), (0, 2))
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertCountEqual(self.subjects("INBOX"), ["Offer", "Plan"])

    def test_a_copy_is_there_at_once_and_the_mail_stays(self):
        self.inbox.copy_messages(self.team.id, ids=self.message(self.mailbox, "Offer").ids)
        self.assertEqual(self.shown(self.team, self.rita), ["Offer"])
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertCountEqual(self.subjects("INBOX"), ["Offer", "Plan"])

    def test_over_the_network_members_get_files_bodies_and_sources_and_nobody_else_does(self):
        plan = self.message(self.mailbox, "Plan")
        self.inbox.change_messages("move", plan.ids, target_id=self.team.id)
        document = plan.attachment_ids.filtered(lambda file: not file.comm_is_source)
        source = plan.attachment_ids.filtered("comm_is_source")
        pages = [f"/web/content/{file.id}" for file in (document, source)]
        pages += [f"/comm_mailboxes/message/{plan.id}/{page}" for page in ("body", "eml", "source")]
        for user, allowed in ((self.anna, True), (self.rita, True), (self.ben, False), (self.manager, False)):
            self.authenticate(user.login, user.login)
            for page in pages:
                with self.subTest(page, user=user.login), mute_logger("odoo.http"):
                    self.assertEqual(self.url_open(page).status_code == 200, allowed)
            with self.subTest("search_read", user=user.login):
                rows = self.call("search_read", [[["folder_id", "=", self.team.id]], ["subject", "body_text"]])
                self.assertEqual([row["subject"] for row in rows], ["Plan"] if allowed else [])
            with self.subTest("write", user=user.login), mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
                self.assertEqual(self.call("write", [plan.ids, {"is_flagged": True}]), user == self.anna or None)

    def call(self, method, args):
        """Return what a method of comm.message answers to who is logged in; None for an error."""
        params = {"model": "comm.message", "method": method, "args": args, "kwargs": {}}
        answer = self.url_open(
            f"/web/dataset/call_kw/comm.message/{method}",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        return answer.json().get("result")
