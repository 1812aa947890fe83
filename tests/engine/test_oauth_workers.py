# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers that need the same tokens at the same moment: with real processes, real commits, and an identity server that
takes each refresh token once.
"""

from .seeds import wait_until


def test_two_workers_refresh_once(lab, odoo, signed_in):
    mailbox_id, worker = signed_in
    before = lab.identity.book.refreshes
    lab.identity.delay = 1.5
    with odoo.worker() as second:
        for one in (worker, second):
            one.start("call", "comm.mailbox", [mailbox_id], "check_connection", [], odoo.user_id)
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
    lab.identity.delay = 1.5
    with odoo.worker() as second:
        worker.start("call", "comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        wait_until(lambda: _token_requests(lab, asked))
        second.call("comm.mailbox", [mailbox_id], "write", [{"name": "Meanwhile"}], odoo.user_id)
        # Nobody asks a second time, either, while the answer is awaited.
        answer = second.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        assert answer["state"] == "waiting"
        assert not worker.has_answered()
        assert worker.result()["state"] == "done"
        answer = second.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [begun_again], odoo.user_id)
        assert answer["state"] == "failed", "it is good once"
    assert _token_requests(lab, asked) == 1
    assert worker.sql("SELECT name FROM comm_mailbox WHERE id = %s", [mailbox_id]) == [["Meanwhile"]]
    assert worker.sql("SELECT user_id FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox_id]) == [[odoo.user_id]]


def _token_requests(lab, since):
    return sum(line.endswith("/token") for line in lab.identity.requests[since:])
