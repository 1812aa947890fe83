# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers that need the same tokens at the same moment: with real processes, real commits, and an identity server that
takes each refresh token once.
"""

import pytest

from .conftest import begin_sign_in
from .odoo_process import CommandFailed
from .seeds import wait_until

# What a user may do while a sign-in is under way that must not be followed by tokens.
ENDS = {
    "sign out": ("action_oauth_sign_out", []),
    "archive": ("write", [{"active": False}]),
    "another application": ("write", [{"client_id": "another"}]),
}


def test_two_workers_refresh_once(lab, odoo, signed_in):
    mailbox_id, worker = signed_in
    before, asked = lab.identity.book.refreshes, len(lab.identity.requests)
    lab.identity.hold()
    with odoo.worker() as second:
        worker.start("call", "comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id)
        wait_until(lambda: _token_requests(lab, asked))
        second.start("call", "comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id)
        odoo.wait_idle_or_blocked(second)
        assert not second.has_answered()
        lab.identity.release()
        for one in (worker, second):
            steps = one.result()
            assert all(step["ok"] for step in steps), steps
    assert lab.identity.book.refreshes == before + 1


def test_tokens_survive_a_worker_that_is_killed(lab, odoo, signed_in):
    mailbox_id, worker = signed_in
    with odoo.worker() as second:
        second.call("comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id)
        second.kill()
    steps = worker.call("comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id)
    assert all(step["ok"] for step in steps), steps


def test_a_mailbox_that_is_written_during_a_sign_in_does_not_lose_it(lab, odoo, signed_in, begun_again):
    mailbox_id, worker = signed_in
    worker.sql("DELETE FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id])
    asked = len(lab.identity.requests)
    lab.identity.hold()
    with odoo.worker() as second:
        worker.start("call", "comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        wait_until(lambda: _token_requests(lab, asked))
        second.call("comm.mailbox", [mailbox_id], "write", [{"name": "Meanwhile"}], odoo.user_id)
        # Nobody asks a second time, either, while the answer is awaited.
        answer = second.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        assert answer["state"] == "waiting"
        assert not worker.has_answered()
        lab.identity.release()
        assert worker.result()["state"] == "done"
        answer = second.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        assert answer["state"] == "failed", "it is good once"
    assert _token_requests(lab, asked) == 1
    assert worker.sql("SELECT name FROM comm_mailbox WHERE id = %s", [mailbox_id]) == [["Meanwhile"]]
    assert worker.sql("SELECT user_id FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id]) == [[odoo.user_id]]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "moment", ["identity server", "DELETE FROM comm_oauth_attempt", "comm_mailbox_secret .*tokens"]
)
def test_who_ends_a_sign_in_that_is_under_way_finds_no_tokens_afterwards(
    lab, odoo, signed_in, begun_again, moment, end
):
    mailbox_id, worker = signed_in
    worker.sql("DELETE FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id])
    asked = len(lab.identity.requests)
    poll = ("call", "comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
    with odoo.worker() as second:
        if moment == "identity server":
            lab.identity.hold()
            worker.start(*poll)
            wait_until(lambda: _token_requests(lab, asked))
        else:
            worker.pause_before(moment)
            worker.start(*poll)
            assert worker.paused_at()
        method, args = ENDS[end]
        second.start("call", "comm.mailbox", [mailbox_id], method, args, odoo.user_id)
        # Before the row is locked it goes through; afterwards it waits.
        odoo.wait_idle_or_blocked(second)
        if moment == "identity server":
            lab.identity.release()
        else:
            worker.go_on()
        try:
            is_stored = worker.result()["state"] == "done"
        except CommandFailed as error:
            assert error.kind == "UserError"
            is_stored = False
        second.result()
    assert _token_requests(lab, asked) == 1
    # An archived mailbox keeps what it had; it comes back with it.
    kept = [["tokens"]] if is_stored and end == "archive" else []
    assert worker.sql("SELECT kind FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id]) == kept
    assert worker.sql("SELECT id FROM comm_oauth_attempt WHERE mailbox_id = %s", [mailbox_id]) == []


def test_two_sign_ins_at_once_leave_the_tokens_of_one(lab, odoo, oauth_account, signed_in, begun_again):
    mailbox_id, worker = signed_in
    worker.sql("DELETE FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id])
    with odoo.worker() as second:
        another = begin_sign_in(lab, odoo, mailbox_id, second, oauth_account)["key"]
        worker.pause_before("INSERT INTO comm_mailbox_secret")
        worker.start("call", "comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        assert worker.paused_at()
        answer = second.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [another], odoo.user_id)
        assert answer["state"] == "done"
        worker.go_on()
        assert worker.result()["state"] == "done"
    assert worker.sql("SELECT kind FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id]) == [["tokens"]]
    assert all(step["ok"] for step in worker.call("comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id))


def test_who_signs_out_while_a_worker_refreshes_finds_no_tokens_afterwards(lab, odoo, signed_in):
    mailbox_id, worker = signed_in
    asked = len(lab.identity.requests)
    lab.identity.hold()
    with odoo.worker() as second:
        worker.start("call", "comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id)
        wait_until(lambda: _token_requests(lab, asked))
        second.start("call", "comm.mailbox", [mailbox_id], "action_oauth_sign_out", [], odoo.user_id)
        odoo.wait_idle_or_blocked(second)
        lab.identity.release()
        second.result()
        worker.result()
    assert _token_requests(lab, asked) == 1
    assert worker.sql("SELECT kind FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id]) == []


def _token_requests(lab, since):
    return sum(line.endswith("/token") for line in lab.identity.requests[since:])
