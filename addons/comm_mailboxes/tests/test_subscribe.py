from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LabCase

SUBSCRIBED, UNSUBSCRIBED = "Projekte/Küche & Bad", "Privat"


@tagged("post_install", "-at_install")
class TestSubscribe(LabCase):
    """The dialog "Subscribe…" shows all folders of the server and writes what changed."""

    def setUp(self):
        super().setUp()
        self.lab.create_folder(self.account.address, SUBSCRIBED, subscribed=True)
        self.lab.create_folder(self.account.address, UNSUBSCRIBED, subscribed=False)
        self.mailbox = self.make_lab_mailbox()

    def choices(self):
        return {choice["path"]: choice for choice in self.mailbox.subscription_choices()}

    def on_server(self):
        """Return the wire names that another mail program sees as subscribed."""
        client = self.lab.imap(self.account)
        _ok, lines = client.lsub('""', "*")
        client.logout()
        return {line.rpartition(b'"/" ')[2].strip(b'"').decode() for line in lines if line}

    def test_all_folders_of_the_server_are_offered_also_those_that_odoo_does_not_know(self):
        self.mailbox.only_subscribed = True
        choices = self.choices()
        self.assertFalse(self.mailbox.folder_ids)
        self.assertTrue(choices[SUBSCRIBED]["subscribed"])
        self.assertFalse(choices[UNSUBSCRIBED]["subscribed"])
        self.assertEqual(choices[SUBSCRIBED]["parent"], "Projekte")
        self.assertEqual((choices["INBOX"]["role"], choices["INBOX"]["name"]), ("inbox", "Inbox"))

    def test_folders_without_mail_and_those_that_may_hold_none_are_told_apart(self):
        self.lab.create_folder(self.account.address, "Notizen/Alte")
        choices = self.choices()
        self.assertFalse(choices["Projekte"]["selectable"])
        self.assertTrue(choices[SUBSCRIBED]["selectable"])
        self.assertEqual((choices["Notizen/Alte"]["no_mail"], choices["Notizen/Alte"]["selectable"]), ("notes", True))
        self.assertEqual(choices[UNSUBSCRIBED]["no_mail"], "")

    def test_changes_reach_the_server_and_the_known_folders(self):
        self.mailbox.refresh_folders()
        self.assertEqual(self.mailbox.set_subscriptions({SUBSCRIBED: False, UNSUBSCRIBED: True}), [])
        self.assertIn("Privat", self.on_server())
        self.assertNotIn("Projekte/K&APw-che &- Bad", self.on_server())
        subscribed = {folder.path: folder.subscribed for folder in self.mailbox.folder_ids}
        self.assertEqual((subscribed[SUBSCRIBED], subscribed[UNSUBSCRIBED]), (False, True))
        self.assertEqual(self.mailbox.event_ids[0].text, "Folders subscribed: 1, unsubscribed: 1.")

    def test_only_what_changed_is_written(self):
        with self.lab.proxy() as proxy:
            self.mailbox.write({"port": proxy.port, "security": "none"})
            proxy.clear_counts()
            self.mailbox.set_subscriptions({SUBSCRIBED: True, UNSUBSCRIBED: True})
            self.assertEqual([name for name in proxy.commands if "SUBSCRIBE" in name], ["SUBSCRIBE"])

    def test_after_a_refresh_the_mailbox_has_the_subscribed_folders(self):
        self.mailbox.only_subscribed = True
        self.mailbox.set_subscriptions({UNSUBSCRIBED: True})
        self.mailbox.refresh_folders()
        self.assertIn(UNSUBSCRIBED, self.mailbox.folder_ids.mapped("path"))

    def test_a_folder_that_is_not_subscribed_any_more_is_not_fetched_by_itself(self):
        self.deliver("Private", folder=UNSUBSCRIBED)
        self.mailbox.refresh_folders()
        self.mailbox.write({"fetch_subfolders": True, "only_subscribed": True})
        self.mailbox.folder_ids.filtered(lambda folder: folder.path == UNSUBSCRIBED).fetch_mode = "this"
        self.assertEqual(self.mailbox.fetch_mail(), 0)
        self.mailbox.set_subscriptions({UNSUBSCRIBED: True})
        self.assertEqual(self.mailbox.fetch_mail(), 1)

    def test_what_the_server_does_not_do_is_told_and_the_rest_is_done(self):
        refused = self.mailbox.set_subscriptions({"Gone": True, "Line\r\nbreak": True, UNSUBSCRIBED: True})
        self.assertEqual([item["path"] for item in refused], ["Gone", "Line\r\nbreak"])
        self.assertIn("does not exist", refused[0]["reason"])
        self.assertIn("Privat", self.on_server())

    def test_a_server_that_does_not_answer_is_explained(self):
        self.mailbox.password = "wrong"
        with self.assertRaisesRegex(UserError, "password"):
            self.mailbox.subscription_choices()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_only_who_may_edit_the_mailbox_may_use_it(self):
        shared = self.make_shared(
            {self.ben: "write"},
            **{name: self.mailbox[name] for name in ("host", "port", "security", "login")},
            password=self.account.password,
        )
        for user in (self.ben, self.anna):
            for method, *args in (
                ("action_subscribe",),
                ("subscription_choices",),
                ("set_subscriptions", {UNSUBSCRIBED: True}),
            ):
                with self.subTest(f"{user.login} {method}"), self.assertRaises(AccessError):
                    getattr(shared.with_user(user), method)(*args)
        self.assertNotIn("Privat", self.on_server())
        self.assertEqual(shared.with_user(self.manager).set_subscriptions({UNSUBSCRIBED: True}), [])
        self.assertIn("Privat", self.on_server())

    def test_other_kinds_have_no_folders_to_subscribe_to(self):
        pop3 = self.make_mailbox(kind="pop3")
        with self.assertRaisesRegex(UserError, "IMAP"):
            pop3.subscription_choices()
