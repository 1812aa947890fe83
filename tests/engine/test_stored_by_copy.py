# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Something fails while the rows of a batch are on their way to PostgreSQL by COPY: the batch comes again, whole and once."""

import pytest

from .mails import mails

MESSAGES = 'in the middle of COPY "comm_message"'
FILES = 'in the middle of COPY "ir_attachment"'
TABLES = pytest.mark.parametrize("table", [MESSAGES, FILES])
STORED_ALONE = "storing one by one"


@pytest.fixture
def pair(make_pair):
    pair = make_pair({"INBOX": mails(4)})
    pair.settle()
    pair.deliver("INBOX", mails(40))
    return pair


@pytest.fixture
def start_storing(pair):
    """``start_storing(table)`` lets the sync stand still when PostgreSQL has got rows, and not yet their end."""

    def start(table):
        pair.worker.pause_before(table)
        pair.start_sync()
        assert pair.worker.paused_at()

    return start


def test_a_sender_is_deleted_meanwhile(odoo, pair, start_storing):
    """PostgreSQL refuses rows that point to what is gone by now (a serialization failure): they come again without it."""
    contact = {"name": "Sender", "email": "j.grossmann@holz-brunner.example"}
    (partner_id,) = pair.desk.call("res.partner", [], "create", [contact])
    logged = len(odoo.log())
    start_storing(MESSAGES)
    pair.desk.call("res.partner", [partner_id], "unlink")
    pair.worker.go_on()
    pair.worker.result()
    assert not pair.error()
    assert STORED_ALONE not in odoo.log()[logged:]
    pair.assert_equal(contents=True)


@TABLES
def test_the_connection_is_lost_meanwhile(odoo, pair, start_storing, table):
    """That turn is over; the next one goes on where the last commit left."""
    before = pair.records()
    start_storing(table)
    odoo.cut_connections(pair.worker, table.removeprefix("in the middle of "))
    pair.worker.go_on()
    pair.worker.result()
    pair.restart()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)
    assert not any(message["defect"] for message in pair.state()["messages"])


@TABLES
def test_the_worker_is_killed_meanwhile(pair, start_storing, table):
    before = pair.records()
    start_storing(table)
    pair.restart()
    pair.settle()
    pair.assert_equal(contents=True)
    pair.assert_kept(before)
