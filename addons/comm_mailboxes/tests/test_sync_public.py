import secrets

from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSyncPublic(SyncCase):
    """Folders of a public namespace (RFC 2342): the same mail as others have there, in a mailbox of one's own."""

    def setUp(self):
        super().setUp()
        self.account = self.lab.account(public=secrets.token_hex(6))
        self.client = self.lab.imap(self.account)
        self.client.create("Public/News")
        self.client.create("Public/News/Old")

    def test_mail_there_is_fetched_marked_moved_and_renamed_along(self):
        for number in range(3):
            self.deliver(f"News {number}", folder="Public/News")
        mailbox = self.make_synced()
        news, old = self.folder(mailbox, "Public/News"), self.folder(mailbox, "Public/News/Old")
        self.assertEqual((news.parent_id.path, old.parent_id), ("Public", news))
        self.assertFalse(news.parent_id.is_selectable)
        self.assertEqual(news.message_count, 3)
        mine = self.messages(mailbox).sorted("uid").with_user(self.anna)
        mine[0].is_flagged = True
        mine[1].move_to(old)
        mailbox.fetch_mail()
        self.assertFalse(self.operations(mailbox))
        self.assertEqual(self.subjects("Public/News/Old"), ["News 1"])
        self.client.select("INBOX")
        self.client.rename("Public/News", "Public/Press")
        self.deliver("More", folder="Public/Press")
        mailbox.fetch_mail()
        self.assertEqual((news.path, old.path), ("Public/Press", "Public/Press/Old"))
        self.assertEqual(sorted(self.messages(mailbox).mapped("subject")), ["More", "News 0", "News 1", "News 2"])
        self.assertEqual(mine.mapped("folder_id.path"), ["Public/Press", "Public/Press/Old"])
        self.assertTrue(mine[0].is_flagged)

    def test_two_people_have_it_each_for_themselves(self):
        self.deliver("News", folder="Public/News")
        mailbox = self.make_synced()
        self.account = self.lab.account(public=self.account.public)
        self.client = self.lab.imap(self.account)
        other = self.make_synced()
        self.assertEqual([self.messages(each).mapped("subject") for each in (mailbox, other)], [["News"], ["News"]])
        self.assertNotEqual(self.messages(mailbox), self.messages(other))
        self.messages(mailbox).with_user(self.anna).is_flagged = True
        mailbox.fetch_mail()
        other.fetch_mail()
        self.assertTrue(self.messages(other).is_flagged, "the mark is one of the mail, and so everybody's")
