from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import NewsCase


@tagged("post_install", "-at_install")
class TestNews(NewsCase):
    """What the server side tells the screens by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.info_inbox = cls.make_folder(cls.info, "INBOX", role="inbox")
        cls.letters = cls.make_folder(cls.office, "Letters")

    def arrive(self, folder, count=1, **vals):
        return self.env["comm.message"].create(
            [
                {
                    "folder_id": folder.id,
                    "mailbox_id": folder.mailbox_id.id,
                    "uid": number,
                    "subject": "Secret",
                    "date": fields.Datetime.now(),
                    **vals,
                }
                for number in range(1, count + 1)
            ]
        )

    def test_the_owner_learns_of_new_mail_and_nothing_of_its_content(self):
        self.arrive(self.letters, 3)
        self.arrive(self.inbox, 1)
        self.assertEqual(
            self.committed(),
            {
                "comm_anna": {
                    "folders": sorted((self.letters | self.inbox).ids),
                    "new": [{"folder_id": self.letters.id, "count": 3}, {"folder_id": self.inbox.id, "count": 1}],
                }
            },
        )

    def test_members_learn_of_shared_mail(self):
        self.info.sudo().member_ids = [
            (0, 0, {"group_id": self.env.ref("comm_mailboxes.group_shared_manager").id, "access": "read"})
        ]
        self.arrive(self.info_inbox)
        told = self.committed()
        self.assertLessEqual({"comm_anna", "comm_manager"}, told.keys())
        self.assertNotIn("comm_ben", told)

    def test_members_of_a_folder_made_for_all_learn_of_it_and_nobody_else(self):
        lines = [(0, 0, {"user_id": self.anna.id, "access": "read"})]
        team = self.env["comm.folder"].create({"name": "Team", "is_local": True, "member_ids": lines})
        self.assertEqual(self.committed(), {"comm_anna": self.changed}, "the folder shows at once")
        self.arrive(team, uid=False)
        self.assertEqual(self.committed(), {"comm_anna": {"folders": team.ids, "new": []}})

    def test_who_gets_or_loses_a_folder_made_for_all_is_told_and_nobody_else(self):
        lines = [(0, 0, {"user_id": self.anna.id, "access": "read"})]
        team = self.env["comm.folder"].create({"name": "Team", "is_local": True, "member_ids": lines})
        folder = team.with_user(self.manager)
        self.committed()
        folder.member_ids = [(0, 0, {"user_id": self.ben.id, "access": "read"})]
        self.assertEqual(self.committed(), {"comm_ben": self.changed})
        line = team.member_ids.filtered(lambda line: line.user_id == self.ben)
        line.with_user(self.manager).access = "write"
        self.assertEqual(self.committed(), {"comm_ben": self.changed}, "what he may do there changed")
        line.with_user(self.manager).user_id = self.manager
        self.assertEqual(self.committed(), {"comm_ben": self.changed, "comm_manager": self.changed})
        self.assertNotIn(team.id, self.env["comm.folder"].with_user(self.ben).get_counts(team.ids))
        folder.member_ids = [(2, line.id)]
        self.assertEqual(self.committed(), {"comm_manager": self.changed})
        line = team.member_ids
        line.write({"user_id": False, "group_id": self.env.ref("comm_mailboxes.group_shared_manager").id})
        self.assertLessEqual({"comm_anna", "comm_manager"}, self.committed().keys())

    def test_members_are_told_when_a_folder_made_for_all_goes(self):
        lines = [(0, 0, {"user_id": user.id, "access": "read"}) for user in (self.anna, self.ben)]
        team = self.env["comm.folder"].create({"name": "Team", "is_local": True, "member_ids": lines})
        own = self.env["comm.folder"].create({"name": "Own", "is_local": True, "user_id": self.anna.id})
        self.committed()
        team.with_user(self.manager).unlink()
        self.assertEqual(self.committed(), {"comm_anna": self.changed, "comm_ben": self.changed})
        own.with_user(self.anna).unlink()
        self.assertEqual(self.committed(), {"comm_anna": self.changed})

    def test_who_gets_or_loses_a_shared_mailbox_is_told(self):
        info = self.info.with_user(self.manager)
        info.member_ids = [(0, 0, {"user_id": self.ben.id, "access": "read"})]
        self.assertEqual(self.committed(), {"comm_ben": self.changed})
        self.arrive(self.info_inbox)
        self.committed()
        info.member_ids.filtered(lambda line: line.user_id == self.ben).unlink()
        self.arrive(self.info_inbox, 1, uid=7)
        told = self.committed()
        self.assertEqual(told["comm_ben"], self.changed, "nothing of the mail that came with the same commit")
        self.assertEqual(told["comm_anna"]["folders"], self.info_inbox.ids)
        self.assertNotIn("structure", told["comm_anna"])

    def test_who_sees_a_folder_is_told_that_it_came_was_renamed_or_went(self):
        for change in (
            lambda: self.make_folder(self.office, "Came"),
            lambda: self.alpha.write({"name": "Renamed elsewhere"}),
            lambda: self.alpha.write({"is_missing": True}),
        ):
            change()
            self.assertEqual(self.committed(), {"comm_anna": self.changed})
        self.alpha.write({"fetch_mode": "this"})
        self.assertEqual(self.committed(), {})

    def test_the_badge_does_not_count_trash_and_spam(self):
        mailbox = self.env["comm.mailbox"].with_user(self.anna)
        before = mailbox.get_badge()["unread"]
        for role in ("trash", "junk"):
            self.make_folder(self.office, role.title(), role=role).sudo().unread_count = 3
        self.make_folder(self.office, "Plain").sudo().unread_count = 2
        self.env.flush_all()
        self.assertEqual(mailbox.get_badge()["unread"], before + 2)

    def test_marks_and_moves_are_told_and_are_no_new_mail(self):
        message = self.arrive(self.letters)
        self.committed()
        for change in (
            {"is_seen": True},
            {"is_flagged": True},
            {"folder_id": self.alpha.id},
            {"active": False},
        ):
            with self.subTest(change):
                message.with_context(comm_sync=True).write(change)
                told = self.committed()
                self.assertIn(message.folder_id.id, told["comm_anna"]["folders"])
                self.assertEqual(told["comm_anna"]["new"], [])

    def test_what_the_engine_marks_is_told(self):
        message = self.arrive(self.letters)
        self.committed()
        message.with_context(comm_sync=True)._write_each({message.id: {"is_flagged": True}})
        self.assertEqual(self.committed()["comm_anna"]["folders"], self.letters.ids)

    def test_what_is_old_read_or_not_from_outside_is_no_new_mail(self):
        trash = self.make_folder(self.office, "Trash", role="trash")
        old = fields.Datetime.now() - timedelta(days=3)
        for folder, vals in ((self.letters, {"date": old}), (self.letters, {"is_seen": True}), (trash, {})):
            with self.subTest(folder.name, **vals):
                self.arrive(folder, **vals).unlink()
                self.arrive(folder, **vals)
                self.assertEqual(self.committed()["comm_anna"]["new"], [])
                self.env["comm.message"].search([("folder_id", "=", folder.id)]).unlink()
                self.committed()

    def test_nothing_changed_nothing_told(self):
        message = self.arrive(self.letters)
        self.committed()
        message.mark_seen()
        self.committed()
        message.mark_seen()
        self.assertEqual(self.committed(), {})

    def test_counts_of_what_the_user_may_see(self):
        self.arrive(self.letters, 2)
        counts = self.env["comm.folder"].with_user(self.anna).get_counts((self.letters | self.info_inbox).ids)
        self.assertEqual(counts[self.letters.id], {"message_count": 2, "unread_count": 2})
        self.assertEqual(self.env["comm.folder"].with_user(self.ben).get_counts(self.letters.ids), {})

    def test_badge(self):
        self.arrive(self.letters, 2)
        self.arrive(self.info_inbox, 5)
        mailbox = self.env["comm.mailbox"]
        mine = mailbox.with_user(self.anna).get_badge()
        self.assertEqual([box["name"] for box in mine["mailboxes"]], ["Office"])
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.anna)
        settings.comm_badge_mailbox_ids = self.info
        self.assertEqual(mailbox.with_user(self.anna).get_badge()["unread"], 5)
        self.assertEqual(mailbox.with_user(self.ben).get_badge(), {"unread": 0, "mailboxes": []})

    def test_a_chosen_mailbox_that_one_lost_does_not_count(self):
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.ben)
        settings.comm_badge_mailbox_ids = self.office
        self.assertEqual(self.env["comm.mailbox"].with_user(self.ben).get_badge()["mailboxes"], [])


@tagged("post_install", "-at_install")
class TestBadgeInSession(HttpCase):
    def session_info(self, user):
        self.authenticate(user.login, user.login)
        return self.make_jsonrpc_request("/web/session/get_session_info")

    def test_it_comes_with_the_page_of_who_has_mail(self):
        reader = new_test_user(self.env, "comm_reader", groups="comm_mailboxes.group_user")
        other = new_test_user(self.env, "comm_nobody", groups="base.group_user")
        self.assertEqual(self.session_info(reader)["comm_badge"], {"unread": 0, "mailboxes": []})
        self.assertNotIn("comm_badge", self.session_info(other))
