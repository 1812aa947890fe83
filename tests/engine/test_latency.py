# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From "send" to the receiving server: one process takes the message, the cron worker of a real Odoo server is told and sends.

The worker never looks by itself here: what arrives, arrives because it was told.
"""

from datetime import UTC, datetime
from functools import partial

import pytest

from .killed import Sending
from .odoo_process import CRON
from .seeds import wait_until
from .test_outbox_killed import SEND

# The registry of a server that has just started, on a busy machine.
START = 300
STATE = "SELECT outgoing_state FROM comm_message WHERE id = %s"
JOB = "(SELECT res_id FROM ir_model_data WHERE module || '.' || name = %s)"
DUE = f"SELECT 1 FROM ir_cron_trigger WHERE cron_id = {JOB} AND call_at <= now() AT TIME ZONE 'utc'"


@pytest.fixture
def sending(lab, odoo):
    """Only the outbox is worked on by itself: fetching all mailboxes of other tests would keep the worker busy."""
    sending = Sending(lab, odoo)

    def switch(name, active):
        sending.desk.sql(f"UPDATE ir_cron SET active = %s WHERE id = {JOB}", [active, name])

    switch(CRON, False)
    switch(SEND, True)
    yield sending
    switch(SEND, False)
    switch(CRON, True)
    sending.close()


@pytest.mark.parametrize("undo", [0, 3])
def test_a_message_leaves_when_the_worker_is_told_and_never_before_its_time(lab, odoo, sending, undo):
    settings = {"model": "res.users", "ids": [odoo.user_id]}
    sending.desk.call("res.users.settings", [], "_find_or_create_for_user", [settings])
    sending.desk.sql("UPDATE res_users_settings SET comm_undo_seconds = %s", [undo])
    with odoo.cron_worker() as tell:

        def is_there(count):
            # The first one only shows that the worker listens now. The second one has to be told by whoever sends it.
            if count == 1:
                tell()
            return sending.arrived()[0] == count

        for count in (1, 2):
            sent = sending.desk.call(
                "comm.message",
                [],
                "send",
                [
                    {
                        "from_mailbox_id": sending.mailbox_id,
                        "email_to": sending.recipient(0),
                        "subject": "Now",
                        "body_html": "<p>Text</p>",
                    }
                ],
                uid=odoo.user_id,
            )
            wait_until(partial(is_there, count), START)
            assert datetime.fromisoformat(sent["leaves"]) <= datetime.now(UTC).replace(tzinfo=None)
            wait_until(lambda sent=sent: sending.desk.sql(STATE, [sent["id"]]) == [["sent"]])
            # The worker has done its work, and waits.
            wait_until(lambda: not sending.desk.sql(DUE, [SEND]))
    assert sending.arrived()[0] == 2
