from odoo.fields import Command
from odoo.tests import tagged

from .common import NewsCase


@tagged("post_install", "-at_install")
class TestNewsStructure(NewsCase):
    """An open Manager learns at once that its tree is another one: places, and groups that share something."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create({"name": "Front desk"})

    def share_with_group(self):
        self.info.sudo().member_ids = [Command.create({"group_id": self.group.id, "access": "read"})]
        self.committed()

    def test_ones_own_places_are_told_to_ones_other_windows(self):
        office = self.insert(self.office)
        self.assertEqual(self.committed(), {"comm_anna": self.changed})
        work = self.insert("Work", office, "into")
        self.committed()
        for change in (
            lambda: work.with_user(self.anna).move(),
            lambda: work.with_user(self.anna).write({"icon": "star"}),
            lambda: office.with_user(self.anna).rename("Desk"),
            lambda: office.with_user(self.anna).remove(),
        ):
            change()
            self.assertEqual(self.committed(), {"comm_anna": self.changed})

    def test_shared_places_are_told_to_who_sees_them(self):
        entry = self.insert(self.info, scope="shared", user=self.manager)
        self.assertEqual(self.committed(), {"comm_anna": self.changed})
        entry.with_user(self.manager).rename("Front desk")
        self.assertEqual(self.committed(), {"comm_anna": self.changed})
        entry.with_user(self.manager).unlink()
        self.assertEqual(self.committed(), {"comm_anna": self.changed})

    def test_a_shared_folder_made_by_hand_is_told_to_its_members(self):
        entry = self.insert("Team", scope="shared", user=self.manager)
        entry.folder_id.sudo().member_ids = [
            Command.clear(),
            Command.create({"user_id": self.ben.id, "access": "read"}),
        ]
        self.committed()
        entry.with_user(self.manager).write({"color": 3})
        self.assertEqual(self.committed(), {"comm_ben": self.changed})

    def test_a_mailbox_that_is_archived_or_renamed_is_told_to_its_owner_or_members(self):
        for mailbox, user in ((self.office, "comm_anna"), (self.info, "comm_anna")):
            for values in ({"active": False}, {"active": True}, {"name": "Desk"}):
                with self.subTest(mailbox.name, **values):
                    mailbox.sudo().write(values)
                    self.assertEqual(self.committed(), {user: self.changed})
        self.share_with_group()
        self.group.user_ids = self.ben
        self.committed()
        self.info.sudo().active = False
        self.assertEqual(self.committed(), {"comm_anna": self.changed, "comm_ben": self.changed})
        # What no tree shows is nobody's news.
        self.office.sudo().fetch_interval = 7
        self.assertEqual(self.committed(), {})

    def test_who_joins_or_leaves_a_group_that_is_a_member(self):
        self.share_with_group()
        self.ben.write({"group_ids": [Command.link(self.group.id)]})
        self.assertEqual(self.committed(), {"comm_ben": self.changed})
        self.group.user_ids = [Command.unlink(self.ben.id)]
        self.assertEqual(self.committed(), {"comm_ben": self.changed})

    def test_who_is_archived_or_loses_the_right_to_mail(self):
        user_group = self.env.ref("comm_mailboxes.group_user")
        for values in (
            {"active": False},
            {"active": True},
            {"group_ids": [Command.unlink(user_group.id)]},
            {"group_ids": [Command.link(user_group.id)]},
        ):
            with self.subTest(**values):
                self.ben.write(values)
                self.assertEqual(self.committed(), {"comm_ben": self.changed})

    def test_a_group_within_the_group(self):
        self.share_with_group()
        inner = self.env["res.groups"].create({"name": "Trainees", "user_ids": [Command.link(self.ben.id)]})
        self.assertEqual(self.committed(), {})
        inner.implied_ids = [Command.link(self.group.id)]
        self.assertEqual(self.committed(), {"comm_ben": self.changed})
        inner.user_ids = [Command.clear()]
        self.assertEqual(self.committed(), {"comm_ben": self.changed})

    def test_a_group_that_goes(self):
        self.group.user_ids = self.ben
        self.share_with_group()
        self.group.unlink()
        self.assertEqual(self.committed(), {"comm_ben": self.changed})

    def test_groups_that_share_nothing_are_nobodys_news(self):
        self.ben.write({"group_ids": [Command.link(self.group.id)]})
        self.group.user_ids = [Command.clear()]
        self.group.name = "Back office"
        self.assertEqual(self.committed(), {})

    def test_it_costs_the_same_for_many(self):
        def cost(count):
            groups = self.env["res.groups"].create([{"name": f"G{count}-{number}"} for number in range(count)])
            self.info.sudo().member_ids = [
                Command.clear(),
                *(Command.create({"group_id": group.id, "access": "read"}) for group in groups),
            ]
            self.committed()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.env["res.groups"]._telling_members():
                pass
            return self.env.cr.sql_log_count - before

        cost(1)
        self.assertLessEqual(cost(20), cost(2))
