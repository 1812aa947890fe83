# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From "send" to the receiving server: one process takes the message, the cron worker of a real Odoo server is told and sends."""

from datetime import UTC, datetime

import pytest

from .killed import Sending
from .seeds import wait_until
from .test_outbox_killed import SEND

# A worker that is not told looks by itself, once a minute; on a quiet machine it takes less than half a second.
FAR_LESS_THAN_A_MINUTE = 30


@pytest.fixture
def sending(lab, odoo):
    sending = Sending(lab, odoo)
    switch = (
        "UPDATE ir_cron SET active = %s WHERE id = (SELECT res_id FROM ir_model_data WHERE module || '.' || name = %s)"
    )
    sending.desk.sql(switch, [True, SEND])
    yield sending
    sending.desk.sql(switch, [False, SEND])
    sending.close()


@pytest.mark.parametrize("undo", [0, 3])
def test_a_message_is_there_within_seconds_and_never_before_it_can_be_taken_back_no_more(lab, odoo, sending, undo):
    settings = {"model": "res.users", "ids": [odoo.user_id]}
    sending.desk.call("res.users.settings", [], "_find_or_create_for_user", [settings])
    sending.desk.sql("UPDATE res_users_settings SET comm_undo_seconds = %s", [undo])
    with odoo.cron_worker():
        begun = datetime.now(UTC).replace(tzinfo=None)
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
        wait_until(lambda: sending.arrived()[0])
        arrived = datetime.now(UTC).replace(tzinfo=None)
        leaves = datetime.fromisoformat(sent["leaves"])
        assert leaves <= arrived
        assert (arrived - max(begun, leaves)).total_seconds() < FAR_LESS_THAN_A_MINUTE
        state = "SELECT outgoing_state FROM comm_message WHERE id = %s"
        wait_until(lambda: sending.desk.sql(state, [sent["id"]]) == [["sent"]])
    assert sending.arrived()[0] == 1
