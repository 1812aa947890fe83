# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Several Odoo processes, and a user who edits meanwhile.

The fetch that is under way is stalled until the test lets it go on: who waited for it would never come back.
"""

import time

import pytest

from .mails import mails
from .odoo_process import CommandFailed
from .seeds import seeds, wait_until


def test_the_second_gives_way_at_once(make_office, odoo, proxy, start_stalled, size_of_import):
    pair = make_office()
    worker = start_stalled(pair, size_of_import // 2)
    with odoo.worker() as second:
        with pytest.raises(CommandFailed, match="is being fetched right now"):
            pair.fetch(second)
        second.call("comm.mailbox", [], "_cron_fetch_mail")
    assert not pair.error()
    proxy.reset()
    worker.result()
    assert not pair.error()
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("seed", seeds(2, 20))
def test_two_at_once(make_office, odoo, seed):
    pair = make_office()
    pair.make_due()
    with odoo.worker() as second:
        workers = [pair.worker, second]
        for worker in workers:
            worker.start("call", "comm.mailbox", [], "_cron_fetch_mail")
        for worker in workers:
            worker.result()
    pair.settle()
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("target", ["imap", "imaps"])
def test_archived_in_the_middle_of_what_a_slow_server_sends(make_pair, lab, target):
    """Nobody waits until a whole batch of large mails came."""
    raws = [b"Message-ID: <large-%d@example.com>\r\n\r\n%b" % (n, b"%060d\r\n" % n * 8000) for n in range(30)]
    pair = make_pair({"INBOX": raws})
    with lab.proxy(target) as proxy:
        security = "tls" if target == "imaps" else "none"
        values = {"port": proxy.port, "security": security, "skip_certificate_check": True}
        pair.user_calls("comm.mailbox", [pair.id], "write", [values])
        proxy.throttle(120_000)
        worker = pair.start_sync()
        # One mail alone takes four seconds, the batch 40.
        wait_until(lambda: proxy.bytes_from_server > 700_000)
        pair.user_calls("comm.mailbox", [pair.id], "write", [{"active": False}])
        begun = time.monotonic()
        worker.result()
        assert time.monotonic() - begun < 2.5
        assert not pair.error()
        proxy.throttle(None)
        pair.user_calls("comm.mailbox", [pair.id], "write", [{"active": True}])
        pair.settle()
        pair.assert_equal(contents=True)


class TestUserEdits:
    """Two processes run scheduled actions as cron workers do; one of them is in the middle of a fetch."""

    MAILS = 400

    @pytest.fixture
    def pair(self, make_pair, proxy, odoo):
        raws = list(mails(self.MAILS))
        pair = make_pair({"INBOX": raws})
        pair.desk.sql("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC'")
        proxy.clear_counts()
        proxy.stall_after(sum(map(len, raws)) // 3)
        pair.worker.start("process_jobs")
        wait_until(lambda: proxy.bytes_from_server >= sum(map(len, raws)) // 3)
        with odoo.worker() as second:
            second.process_jobs()
        assert pair.shown("INBOX"), "in the middle"
        return pair

    def test_save(self, pair, proxy):
        pair.user_calls("comm.mailbox", [pair.id], "write", [{"name": "Other name", "fetch_interval": 7}])
        proxy.reset()
        pair.worker.result()
        assert not pair.error()
        pair.assert_equal(contents=True)

    def test_archive(self, pair, proxy):
        pair.user_calls("comm.mailbox", [pair.id], "write", [{"active": False}])
        before = len(pair.shown("INBOX"))
        proxy.reset()
        pair.worker.result()
        # What was under way may still be stored.
        assert len(pair.shown("INBOX")) <= before + 100 < self.MAILS
        assert not pair.error()
        pair.user_calls("comm.mailbox", [pair.id], "write", [{"active": True}])
        pair.settle()
        pair.assert_equal(contents=True)
