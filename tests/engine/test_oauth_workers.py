# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers that need the same tokens at the same moment: with real processes, real commits, and an identity server that
takes each refresh token once.
"""

import pytest
from test_oauth_client import browse

from lab.identity import CLIENT_ID


@pytest.fixture
def signed_in(lab, odoo):
    """A mailbox whose access token is about to run out, and a worker."""
    lab.identity.reset()
    account = lab.account()
    with odoo.worker() as worker:
        values = {
            "name": account.address,
            "email": account.address,
            "host": "localhost",
            "port": lab.ports["imaps"],
            "auth_method": "oauth2",
            "client_id": CLIENT_ID,
            "oauth_authority": lab.identity.authority,
        }
        (mailbox_id,) = worker.call("comm.mailbox", [], "create", [values], odoo.user_id)
        lab.identity.book.access_seconds = 100
        begun = worker.call("comm.mailbox", [mailbox_id], "oauth_begin_device", [], odoo.user_id)
        browse(lab, begun["address"], user_code=begun["user_code"], account=account.address, password=account.password)
        answer = worker.call("comm.mailbox", [mailbox_id], "oauth_poll_device", [begun["key"]], odoo.user_id)
        assert answer["state"] == "done", answer
        lab.identity.book.access_seconds = 3600
        yield mailbox_id, worker
        worker.sql("DELETE FROM comm_mailbox WHERE id = %s", [mailbox_id])
    lab.identity.reset()


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
