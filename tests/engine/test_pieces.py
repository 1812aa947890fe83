# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages that come in pieces: one of them that does not come keeps none of the others away, and is told; and none is lost from
sight when another program moves it, or the server numbers its folder anew.
"""

import itertools

import pytest

from odoo.addons.comm_mailboxes.sync.slow import FIRST

from .odoo_process import WorkerDied
from .test_slow import SPEED, TIME, mail

SIZE = 1_500_000
LACKING = """
    SELECT path, uid FROM comm_message AS message JOIN comm_folder AS folder ON folder.id = server_folder_id
     WHERE message.mailbox_id = %s AND is_partial"""
SLOW = "SELECT path, slow_uids FROM comm_folder WHERE mailbox_id = %s AND slow_uids IS NOT NULL"
WARNINGS = "SELECT text FROM comm_mailbox_event WHERE mailbox_id = %s AND level = 'warning' ORDER BY id"
DEFECT = "SELECT defect FROM comm_message WHERE mailbox_id = %s AND defect IS NOT NULL"
PIECE_OF_3 = rb"UID 3 .*BODY\[\]<\d+>"


@pytest.fixture
def in_pieces(make_pair):
    """``in_pieces(mails)`` gives a mailbox of which only the headers are here, and the rest is to come in pieces."""

    def make(raws, *, maildir=False, **others):
        pair = make_pair({"INBOX": raws, **others}, maildir=maildir)
        pair.desk.sql("UPDATE res_company SET comm_import_limit = 1")
        try:
            pair.settle()
        finally:
            pair.desk.sql("UPDATE res_company SET comm_import_limit = 100")
        pair.desk.sql(
            """UPDATE comm_folder
                  SET slow_uids = (SELECT string_agg(uid::text, ' ' ORDER BY uid) FROM comm_message
                                    WHERE server_folder_id = comm_folder.id AND is_partial)
                WHERE mailbox_id = %s""",
            [pair.id],
        )
        return pair

    return make


def large(*numbers):
    return [mail(number, SIZE + number) for number in numbers]


def lacking(pair):
    return sorted(map(tuple, pair.desk.sql(LACKING, [pair.id])))


def visits(pair, number):
    for _visit in range(number):
        # The list alone would say that nothing is to be done.
        pair.deliver("INBOX", [mail(f"new.{_visit}", 100)])
        assert not pair.sync()


def assert_given_up(pair, defect, *warnings):
    """Only UID 3 of the inbox is lacking; that is told; Repair brings it."""
    assert lacking(pair) == [("INBOX", 3)]
    assert not pair.desk.sql(SLOW, [pair.id])
    assert pair.desk.sql("SELECT count(*) FROM comm_message_piece") == [[0]]
    assert [defect in text for [text] in pair.desk.sql(DEFECT, [pair.id])] == [True]
    told = [text for [text] in pair.desk.sql(WARNINGS, [pair.id])]
    assert [warning in text for warning, text in zip(warnings, told, strict=True)] == [True] * len(warnings)


def assert_comes_by_repair(pair, proxy):
    proxy.reset()
    pair.user_calls("comm.mailbox", [pair.id], "repair")
    pair.settle()
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("breaks", ["hangs up", "speaks nonsense"])
def test_where_the_connection_breaks_the_others_come_and_that_one_is_told(in_pieces, proxy, breaks):
    pair = in_pieces(large(1, 2, 3), Projects=large(4))
    if breaks == "hangs up":
        proxy.hang_up_at(PIECE_OF_3)
    else:
        proxy.replace(rb"(UID 3 .*BODY\[\]<\d+>) \{\d+\}", rb"\1 NIL")
    visits(pair, 2)
    assert_given_up(pair, "the connection to the mail server broke", "Load from server")
    assert_comes_by_repair(pair, proxy)


def test_it_may_break_at_several(in_pieces, proxy):
    pair = in_pieces(large(1, 2, 3, 4))
    proxy.hang_up_at(PIECE_OF_3)
    proxy.hang_up_at(rb"UID 4 .*BODY\[\]<\d{6,}>")
    visits(pair, 2)
    assert lacking(pair) == [("INBOX", 3), ("INBOX", 4)]
    assert not pair.desk.sql(SLOW, [pair.id])
    assert len(pair.desk.sql(WARNINGS, [pair.id])) == 2
    assert_comes_by_repair(pair, proxy)


def test_one_that_the_server_does_not_hand_out_in_pieces_is_told(in_pieces, proxy):
    pair = in_pieces(large(1, 2, 3), Projects=large(4))
    proxy.change_commands(rb"UID FETCH 3 (.*<\d+\.\d+>)", rb"UID FETCH 3 NONSENSE")
    visits(pair, 1)
    assert_given_up(pair, "did not hand out this message", "does not hand out one message")
    assert_comes_by_repair(pair, proxy)


def test_a_server_in_trouble_is_no_fault_of_a_message(in_pieces, proxy):
    pair = in_pieces(large(1, 2, 3), Projects=[mail(4, 100)])
    proxy.hang_up_at(rb"BODY\[\]")
    for _visit in range(6):
        assert not pair.sync()
    assert len(lacking(pair)) == 3
    assert not pair.desk.sql(WARNINGS, [pair.id]) + pair.desk.sql(DEFECT, [pair.id])
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


def test_a_line_that_breaks_again_and_again_brings_all_the_same(in_pieces, proxy):
    pair = in_pieces(large(1, 2))
    proxy.cut_after(400_000, each=True)
    for _visit in range(10):
        pair.sync()
    assert not lacking(pair)
    assert not pair.desk.sql(WARNINGS, [pair.id])
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


def test_where_it_breaks_at_the_only_message_of_a_folder_that_counts_after_days(in_pieces, proxy):
    proxy.hide("CONDSTORE", "QRESYNC")
    pair = in_pieces([mail(1, 100)], Projects=large(2))
    proxy.hang_up_at(rb"UID 1 .*BODY\[\]<\d+>")
    for _visit in range(11):
        assert not pair.sync()
    assert lacking(pair) == [("Projects", 1)]
    assert not pair.desk.sql(WARNINGS, [pair.id])
    pair.desk.sql(
        "UPDATE comm_folder SET broken_since = broken_since - interval '2 days' WHERE mailbox_id = %s", [pair.id]
    )
    assert not pair.sync()
    [[told]] = pair.desk.sql(WARNINGS, [pair.id])
    assert "Load from server" in told
    assert not pair.desk.sql(SLOW, [pair.id])
    assert_comes_by_repair(pair, proxy)


@pytest.mark.parametrize("change", ["moved", "numbered anew"])
def test_what_changes_its_place_before_its_first_piece_comes(in_pieces, proxy, change):
    pair = in_pieces([mail(1, 100)], maildir=True, Projects=large(2, 3), Archive=[])
    before = pair.records()
    pair.worker.set_time(TIME)
    pair.worker.set_turn(TIME / 2)
    proxy.throttle(SPEED)
    assert not pair.sync()
    proxy.throttle(None)
    if change == "moved":
        pair.server.move("Projects", pair.server.uids("Projects")[:1], "Archive")
    else:
        pair.server.rebuild_folder("Projects")
    pair.settle(3)
    assert not lacking(pair)
    pair.assert_equal(contents=True)
    pair.assert_kept(before)


def test_what_is_asked_for_again_and_takes_too_long_comes_in_pieces(in_pieces, proxy):
    pair = in_pieces(large(1, 2, 3))
    proxy.hang_up_at(PIECE_OF_3)
    visits(pair, 2)
    assert lacking(pair) == [("INBOX", 3)]
    proxy.reset()
    pair.worker.set_time(TIME)
    proxy.throttle(4 * SPEED)
    pair.desk.sql(
        "UPDATE comm_message SET write_date = write_date - interval '2 days' WHERE mailbox_id = %s", [pair.id]
    )
    assert not pair.sync()
    assert pair.desk.sql(SLOW, [pair.id]) == [["INBOX", "3"]]
    for _visit in range(6):
        assert not pair.sync()
    assert not lacking(pair)
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("size", [31 * FIRST, 31 * FIRST + 1])
def test_a_worker_killed_before_or_after_any_commit(in_pieces, size):
    """All of the first size is here after five pieces; only the next question tells that there is no more."""
    pair = in_pieces([mail(1, size // 2).replace(b"\n", b"\r\n").ljust(size, b"x")])
    for commit in itertools.count(1):
        pair.desk.sql("DELETE FROM comm_message_piece")
        pair.desk.sql("UPDATE comm_message SET is_partial = TRUE WHERE mailbox_id = %s", [pair.id])
        pair.desk.sql("UPDATE comm_folder SET slow_uids = '1' WHERE mailbox_id = %s AND path = 'INBOX'", [pair.id])
        pair.make_due()
        pair.worker.die_at(commit, "after")
        try:
            pair.worker.call("comm.mailbox", [], "_cron_fetch_mail")
            break
        except WorkerDied:
            pair.restart()
        assert not pair.sync()
        pair.assert_equal(contents=True)
    assert commit > 6
