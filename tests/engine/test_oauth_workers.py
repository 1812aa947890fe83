# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers that need the same tokens at the same moment: with real processes, real commits, and an identity server that
takes each refresh token once.
"""


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
