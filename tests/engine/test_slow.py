# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Servers that send slowly, but not too slowly to be put up with: a visit ends in the time that Odoo has for it, what came is
kept, and in the end everything is there, also a message that is too large for any visit.
"""

import time
from email.message import EmailMessage

import pytest

from .odoo_process import CommandFailed

# Seconds that Odoo has for a visit, and what a busy machine needs on top.
TIME = 5
MORE = 4
SPEED = 40_000
IN_PARTS = """
    SELECT 1 FROM comm_message WHERE mailbox_id = %s AND is_partial
     UNION ALL SELECT 1 FROM comm_folder WHERE mailbox_id = %s AND slow_uids IS NOT NULL"""


def mail(number, size):
    message = EmailMessage()
    message["From"], message["To"] = "Jürgen <j@holz-brunner.example>", "office@lab.test"
    message["Subject"], message["Message-ID"] = f"Angebot {number}", f"<slow.{number}@holz-brunner.example>"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    message.set_content("Bitte prüfen.")
    message.add_attachment(b"0123456789" * (size // 14), maintype="application", subtype="pdf", filename="Plan.pdf")
    return message.as_bytes()


@pytest.fixture
def hurry(make_pair, proxy):
    """``hurry(mails)`` gives a mailbox with them in its inbox, behind a slow line, whose worker has little time."""

    def make(raws, **others):
        pair = make_pair({"INBOX": raws, **others})
        pair.worker.set_time(TIME)
        pair.worker.set_turn(TIME / 2)
        proxy.throttle(SPEED)
        return pair

    return make


def visit(pair):
    """Sync once, in time; return the error that the mailbox tells then."""
    begun = time.monotonic()
    error = pair.sync()
    assert time.monotonic() - begun < TIME + MORE
    return error


def visit_until(is_done, pair, most):
    """Return the errors that were told on the way."""
    errors = []
    for _visit in range(most):
        errors.append(visit(pair))
        if is_done():
            return [error for error in errors if error]
    return pytest.fail(f"{most} visits were not enough: {pair.state()['messages']}")


def test_what_came_before_the_time_was_up_is_kept(hurry):
    # They would come in one batch, which takes more than twice the time.
    pair = hurry([mail(number, 45_000) for number in range(10)])
    assert not visit_until(lambda: len(pair.shown("INBOX")) == 10, pair, 6)
    pair.settle()
    pair.assert_equal(contents=True)


def test_a_message_that_is_too_large_for_the_time_comes_in_pieces(hurry, proxy):
    pair = hurry([mail(1, 500_000), mail(2, 3_000)])

    def is_whole():
        return not pair.desk.sql(IN_PARTS, [pair.id, pair.id]) and len(pair.shown("INBOX")) == 2

    assert not visit_until(is_whole, pair, 12)
    assert pair.desk.sql("SELECT count(*) FROM comm_message_piece") == [[0]]
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


def test_a_server_that_hands_out_less_at_once_is_asked_until_nothing_is_left(hurry, proxy):
    pair = hurry([mail(1, 500_000)])
    proxy.change_commands(rb"(BODY\.PEEK\[\]<\d+)\.\d{6,}>", rb"\1.50000>")
    assert not visit_until(lambda: pair.shown("INBOX") and not pair.desk.sql(IN_PARTS, [pair.id, pair.id]), pair, 12)
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


def test_what_comes_in_pieces_is_not_forgotten_while_it_is_the_turn_of_another_folder(hurry):
    pair = hurry([mail(1, 500_000)], Projects=[mail(2, 3_000)])
    noted = "SELECT 1 FROM comm_folder WHERE mailbox_id = %s AND path = 'INBOX' AND slow_uids IS NOT NULL"
    visit_until(lambda: pair.desk.sql(noted, [pair.id]), pair, 6)
    # Each visit has time for one folder, and Projects waited longer.
    pair.worker.set_turn(0)
    visit_until(lambda: pair.shown("INBOX"), pair, 3)
    told = "SELECT count(*) FROM comm_mailbox_event WHERE mailbox_id = %s AND text LIKE '%%too large to come in one visit%%'"
    assert pair.desk.sql(told, [pair.id]) == [[1]]


def test_a_message_that_is_moved_while_it_comes_goes_on(hurry, proxy):
    pair = hurry([mail(1, 500_000)], Projects=[])
    pieces = "SELECT 1 FROM comm_message_piece WHERE length(content) > 0"
    visit_until(lambda: pair.desk.sql(pieces), pair, 6)
    pair.server.move("INBOX", pair.server.uids("INBOX"), "Projects")
    assert not visit_until(lambda: pair.shown("Projects") and not pair.desk.sql(IN_PARTS, [pair.id, pair.id]), pair, 12)
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


def test_what_is_loaded_by_hand_goes_on_by_itself(hurry, proxy):
    pair = hurry([mail(1, 1_300_000)])
    pair.desk.sql("UPDATE res_company SET comm_import_limit = 1")
    try:
        visit(pair)
        proxy.throttle(5 * SPEED)
        begun = time.monotonic()
        with pytest.raises(CommandFailed, match="sends so slowly"):
            pair.user_calls("comm.message", pair.shown("INBOX"), "load_from_server", worker=pair.worker)
        assert time.monotonic() - begun < TIME + MORE
        assert not visit_until(lambda: not pair.desk.sql(IN_PARTS, [pair.id, pair.id]), pair, 6)
    finally:
        pair.desk.sql("UPDATE res_company SET comm_import_limit = 100")
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


def test_a_server_that_never_ends_is_told(make_pair, proxy):
    pair = make_pair({"INBOX": [mail(1, 100)], **{f"Folder {number}": [] for number in range(60)}})
    pair.worker.set_time(TIME)
    # Its list alone takes longer.
    proxy.throttle(1_000)
    assert "sends so slowly" in visit(pair)
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)
