# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Somebody archives a mailbox while its server keeps a visit waiting: that ends, and nothing is wrong afterwards."""

import contextlib
import os
import random
import time

import pytest

from .mails import mails
from .odoo_process import CommandFailed
from .seeds import seeds, wait_until

PUSH = "comm_mailboxes.ir_cron_push"
# A look each second, and what a busy machine needs to end a visit; the server may be silent for 30.
SOON = 6.0
MAILS = 6


@pytest.fixture
def pair(make_pair):
    return make_pair({"INBOX": mails(MAILS), "Projects": mails(2)})


def archive(mailbox_id, desk, worker, odoo, is_waiting):
    """Archive the mailbox while ``worker`` waits for its server; check that this ends, and bring the mailbox back."""
    wait_until(lambda: is_waiting() or worker.has_answered())
    # It looks from its second second on.
    time.sleep(1.5)
    assert not worker.has_answered()
    leases = "SELECT failures, refusals FROM comm_mailbox_lease WHERE mailbox_id = %s"
    before = desk.sql(leases, [mailbox_id])
    desk.call("comm.mailbox", [mailbox_id], "write", [{"active": False}], odoo.user_id)
    begun = time.monotonic()
    with contextlib.suppress(CommandFailed):
        worker.result()
    assert time.monotonic() - begun < SOON
    # The lease is given back, and nothing tells of a failure.
    assert desk.sql(f"{leases} FOR UPDATE NOWAIT", [mailbox_id]) == before
    state = desk.dump(mailbox_id)
    assert (state["state"] == "error", state["errors"]) == (False, [])
    broken = "SELECT id FROM comm_folder WHERE mailbox_id = %s AND (broken_at IS NOT NULL OR broken_times > 0)"
    assert desk.sql(broken, [mailbox_id]) == []
    # What became of it stands there, broken off or ended: in the middle of a POP3 message, who looks first decides.
    last = "SELECT level FROM comm_mailbox_event WHERE mailbox_id = %s ORDER BY id DESC LIMIT 1"
    assert desk.sql(last, [mailbox_id]) == [["info"]]
    # Neither a thread is left nor a transaction.
    assert os.listdir(f"/proc/{worker.pid}/task") == [str(worker.pid)]
    assert not odoo.is_in_transaction(worker)
    desk.call("comm.mailbox", [mailbox_id], "write", [{"active": True}], odoo.user_id)


def settle(pair, proxy):
    proxy.reset()
    pair.settle()
    pair.assert_equal(contents=True)


@pytest.mark.parametrize("command", ["AUTHENTICATE", "LIST", "SELECT", "UID FETCH"])
def test_at_each_step_of_a_fetch(pair, proxy, odoo, command):
    proxy.clear_counts()
    proxy.stall_on(command)
    archive(pair.id, pair.desk, pair.start_sync(), odoo, lambda: command in proxy.commands)
    settle(pair, proxy)


@pytest.mark.parametrize("seed", seeds(2, 20))
def test_at_any_byte(pair, proxy, odoo, start_stalled, seed):
    worker = start_stalled(pair, random.Random(seed).randrange(4_000))
    archive(pair.id, pair.desk, worker, odoo, lambda: True)
    settle(pair, proxy)


def test_while_changes_are_told(pair, proxy, odoo):
    pair.settle()
    pair.write(pair.shown("INBOX")[:2], is_flagged=True)
    proxy.clear_counts()
    proxy.stall_on("UID STORE")
    worker = pair.worker.start("run_scheduled_action", PUSH)
    archive(pair.id, pair.desk, worker, odoo, lambda: "UID STORE" in proxy.commands)
    settle(pair, proxy)
    assert sum(r"\Flagged" in message.flags for message in pair.server.read_folder("INBOX")) == 2


def test_who_pressed_the_button_is_told(pair, proxy, odoo):
    proxy.clear_counts()
    proxy.stall_on("LIST")
    worker = pair.worker.start("call", "comm.mailbox", [pair.id], "fetch_mail", [], odoo.user_id)
    wait_until(lambda: "LIST" in proxy.commands)
    pair.user_calls("comm.mailbox", [pair.id], "write", [{"active": False}])
    with pytest.raises(CommandFailed, match="was archived meanwhile, so the connection"):
        worker.result()


def test_a_pop3_server(lab, odoo):
    account = lab.account()
    lab.deliver_many(account.address, (("INBOX", raw) for raw in mails(MAILS)))
    with lab.proxy("pop3") as proxy, odoo.worker() as worker, odoo.worker() as desk:
        values = {
            "name": account.address,
            "kind": "pop3",
            "host": "127.0.0.1",
            "port": proxy.port,
            "security": "none",
            "login": account.address,
            "password": account.password,
        }
        (mailbox_id,) = desk.call("comm.mailbox", [], "create", [values], odoo.user_id)
        # In the middle of the login, and of the first mail.
        for size in (100, 800):
            proxy.clear_counts()
            proxy.stall_after(size)
            worker.start("call", "comm.mailbox", [mailbox_id], "fetch_mail", [], odoo.user_id)
            archive(mailbox_id, desk, worker, odoo, lambda size=size: proxy.bytes_from_server >= size)
            proxy.reset()
        desk.call("comm.mailbox", [mailbox_id], "fetch_mail", [], odoo.user_id)
        assert len(desk.dump(mailbox_id)["messages"]) == MAILS
        desk.sql("UPDATE comm_mailbox SET active = FALSE WHERE id = %s", [mailbox_id])
