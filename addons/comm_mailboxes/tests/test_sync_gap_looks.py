from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..protocol.imap import FetchedMessage
from ..protocol.imap_select import FolderState
from ..sync import compare
from ..sync.visit import Visit
from .common import CommCase

SIZE = 100


class Look:
    """What a server says when a folder is opened and listed.

    :param exists: how many messages it counts, by default what it lists
    :param listed: UIDs, or ``{uid: size}``
    """

    def __init__(self, listed, exists=None, uidnext=11, uidvalidity=1):
        self.listed = listed if isinstance(listed, dict) else dict.fromkeys(listed, SIZE)
        self.state = FolderState(uidvalidity, uidnext, len(self.listed) if exists is None else exists, None)


class ScriptedSession:
    """Stands for ``ImapSession`` where a server has to say one thing and then, at the next look, another.

    :param looks: what it says, one each time the folder is opened; the last one from then on
    :param handed_out: the UIDs whose messages it hands out
    """

    def __init__(self, looks, handed_out=()):
        self.looks = looks
        self.handed_out = handed_out
        self.opened = 0

    @property
    def _now(self):
        return self.looks[min(self.opened, len(self.looks)) - 1]

    def select(self, _path, since=None):
        self.opened += 1
        return self._now.state

    def sizes(self, first, last):
        return [(uid, size) for uid, size in sorted(self._now.listed.items()) if first <= uid <= last]

    def headers(self, _uids):
        return iter(())

    def messages(self, uids):
        for uid in uids:
            if uid in self.handed_out:
                raw = b"Subject: Brought %d\r\nMessage-ID: <%d@example.com>\r\n\r\nText\r\n" % (uid, uid)
                yield FetchedMessage(uid, frozenset(), None, SIZE, raw)


@tagged("post_install", "-at_install")
class TestSyncGapLooks(CommCase):
    """How often a server is asked before it is believed, and which of its answers count."""

    def setUp(self):
        super().setUp()
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()
        mailbox = self.make_mailbox()
        self.message = self.make_message(mailbox)
        self.inbox = self.message.folder_id
        self.message.unlink()
        self.inbox.write({"uidvalidity": 1, "uid_low": 1, "uid_high": 10})

    def have(self, uids, size=SIZE):
        for uid in uids:
            self.make_message(self.inbox.mailbox_id, server_folder_id=self.inbox.id, uid=uid, size=size)

    @contextmanager
    def visit(self, *looks, handed_out=()):
        self.env.flush_all()
        self.session = ScriptedSession(looks, handed_out)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield Visit(self.inbox.mailbox_id.with_env(env), self.session), self.inbox.with_env(env)
        self.env.invalidate_all()

    def gap(self, *looks, **options):
        with self.visit(*looks) as (visit, folder):
            return compare.find_gap(visit, folder, **options)

    def mend(self, *looks, handed_out=()):
        with self.visit(*looks, handed_out=handed_out) as (visit, folder):
            missing = compare.mend(visit, folder)
            self.counts = visit.counts
        return missing

    # The count

    def test_one_look_is_enough_when_count_and_list_agree(self):
        self.have([1, 2])
        self.assertEqual(self.gap(Look([1, 2])), compare.Gap())
        self.assertEqual(self.session.opened, 1)

    def test_a_count_that_stays_is_believed(self):
        self.have([1, 2])
        self.assertEqual(self.gap(Look([1, 2], exists=5)).unlisted, 3)
        self.assertEqual(self.session.opened, 2)

    def test_a_count_that_was_old_is_not_believed(self):
        self.have([1, 2])
        self.assertEqual(self.gap(Look([1, 2], exists=3), Look([1, 2])).unlisted, 0)
        self.assertEqual(self.session.opened, 2)

    def test_of_changing_answers_those_two_in_a_row_that_agree_are_believed(self):
        self.have([1, 2])
        changed = {
            "count": Look([1, 2], exists=4),
            "list": Look([1], exists=3),
            "next UID": Look([1, 2], exists=3, uidnext=12),
            "UIDVALIDITY": Look([1, 2], exists=3, uidvalidity=2),
        }
        for what, then in changed.items():
            with self.subTest(what):
                self.inbox.uidvalidity = 1
                gap = self.gap(Look([1, 2], exists=3), then)
                self.assertEqual(gap.unlisted, then.state.exists - len(then.listed))
                self.assertEqual(self.session.opened, 3)

    def test_the_last_look_counts_too(self):
        self.have([1, 2])
        looks = [Look([1, 2], exists=exists) for exists in (3, 4, 5)]
        self.assertEqual(self.gap(*looks).unlisted, 3)
        self.assertEqual(self.session.opened, compare.LOOKS)

    def test_of_a_count_that_is_never_the_same_twice_nothing_is_believed(self):
        self.have([1, 2])
        looks = [Look([1, 2], exists=exists) for exists in range(3, 3 + compare.LOOKS)]
        self.assertEqual(self.gap(*looks), compare.Gap())
        self.assertEqual(self.session.opened, compare.LOOKS)

    def test_a_server_that_lists_more_than_it_counts_has_nothing_unlisted(self):
        self.have([1, 2])
        self.assertEqual(self.gap(Look([1, 2], exists=1)).unlisted, 0)

    # Single messages

    def test_single_messages_are_believed_whatever_the_count_does(self):
        self.have([1, 2])
        looks = [Look([1, 3], exists=exists) for exists in range(3, 3 + compare.LOOKS)]
        self.assertEqual(self.gap(*looks), compare.Gap(missing=[(3, SIZE)], wrong={2}))

    def test_the_last_list_is_the_one_that_is_right(self):
        self.have([1, 2, 3])
        self.assertEqual(self.gap(Look([1, 2], exists=3), Look([1, 2, 3])), compare.Gap())
        self.assertEqual(self.gap(Look([1, 2, 3], exists=4), Look([1, 3])), compare.Gap(wrong={2}))

    def test_what_the_import_has_not_come_to_is_not_missing(self):
        self.inbox.write({"uid_low": 4, "uid_high": 6})
        self.assertEqual([uid for uid, _size in self.gap(Look([3, 4, 6, 7])).missing], [4, 6])

    def test_another_size_is_another_mail(self):
        self.have([1, 2])
        self.assertEqual(
            self.gap(Look({1: SIZE, 2: SIZE + 1})),
            compare.Gap(missing=[(2, SIZE + 1)], wrong={2}),
            "both: to be replaced",
        )

    def test_a_size_that_the_database_cannot_hold_is_no_other_mail(self):
        self.have([1], size=2**31 - 1)
        self.assertEqual(self.gap(Look({1: 2**31 + 5})), compare.Gap())

    def test_what_came_after_the_folder_was_opened_is_wrong_only_to_a_repair(self):
        self.have([1, 20])
        self.assertEqual(self.gap(Look([1])).wrong, set())
        self.assertEqual(self.gap(Look([1]), deep=True).wrong, {20})

    # Mending

    def test_what_is_wrong_is_buried_and_what_is_missing_brought(self):
        self.have([1, 2])
        self.assertEqual(self.mend(Look([1, 3]), handed_out=[3]), 0)
        self.assertEqual(self.messages_here(), {1, 3})
        self.assertEqual((self.counts["vanished"], self.counts["mended"]), (1, 1))

    def test_missing_is_what_two_comparisons_miss(self):
        self.assertEqual(self.mend(Look([1, 2, 3]), Look([2, 3]), handed_out=[2]), 1, "1 was deleted there meanwhile")

    def test_what_another_comparison_misses_for_the_first_time_is_not_missing_yet(self):
        self.have([1, 2])
        # In the second one the server lists 5, which it did not before.
        self.assertEqual(self.mend(Look([1, 2, 3]), Look([1, 2, 5])), 0)

    def test_what_is_counted_only_is_missing_when_all_the_rest_is_there(self):
        self.have([1])
        self.assertEqual(self.mend(Look([1], exists=3)), 2)
        self.assertEqual(self.mend(Look([1, 2], exists=4), handed_out=[2]), 2)

    def test_when_what_was_missing_is_gone_the_count_of_the_last_comparison_counts(self):
        self.have([1])
        self.assertEqual(self.mend(Look([1, 2]), Look([1], exists=4)), 3)
        self.assertEqual(self.mend(Look([1, 2], exists=4), Look([1, 2], exists=4), Look([1])), 0)

    def messages_here(self):
        return set(self.env["comm.message"].search([("server_folder_id", "=", self.inbox.id)]).mapped("uid"))

    def test_nothing_is_said_when_the_time_of_the_visit_ends_before(self):
        with self.visit(Look([1, 2]), handed_out=[1, 2]) as (visit, folder):
            visit.deadline = 0
            self.patch(compare.fetch, "CHUNK", 1)
            self.assertIsNone(compare.mend(visit, folder))
