# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A process that is killed before or after any of its commits while it sends: nothing is lost, and nothing sent twice unasked."""

from itertools import pairwise

import pytest

from .killed import LARGEST_WINDOW, MAILS, POINTS, Sending, kill_and_resume, kill_points
from .seeds import seeds

SEND = "comm_mailboxes.ir_cron_send"


@pytest.fixture(scope="module")
def points():
    return []


class Outbox(Sending):
    """An outgoing mailbox of the one user, with messages that are due."""

    def __init__(self, lab, odoo):
        super().__init__(lab, odoo)
        # No waiting time to undo: what is sent is due.
        self.desk.call(
            "res.users.settings", [], "_find_or_create_for_user", [{"model": "res.users", "ids": [odoo.user_id]}]
        )
        self.desk.sql("UPDATE res_users_settings SET comm_undo_seconds = 0")
        self.messages = [self._send(number) for number in range(MAILS)]

    def _send(self, number):
        values = {
            "from_mailbox_id": self.mailbox_id,
            "email_to": self.recipient(number),
            "subject": f"Mail {number}",
            "body_html": "<p>Text</p>",
        }
        return self.desk.call("comm.message", [], "send", [values], uid=self.odoo.user_id)["id"]

    def run(self):
        self.worker.run_scheduled_action(SEND)

    def run_by(self, workers):
        """Let several processes send at the same time, each by a scheduled action of its own."""
        for number, worker in enumerate(workers, 1):
            worker.start("run_scheduled_action", SEND if number == 1 else f"{SEND}_{number}")
        for worker in workers:
            worker.result()

    def states(self):
        rows = self.desk.sql(
            "SELECT id, outgoing_state FROM comm_message WHERE id = ANY(%s) ORDER BY id", [self.messages]
        )
        return [state for _id, state in rows]


@pytest.fixture
def make_outbox(lab, odoo):
    made = []

    def make():
        made.append(Outbox(lab, odoo))
        return made[-1]

    yield make
    for outbox in made:
        outbox.close()


@pytest.mark.parametrize("seed", seeds(6, POINTS))
def test_killed_while_sending(make_outbox, points, seed):
    if not points:
        points.extend(kill_points(make_outbox()))
    if seed >= len(points):
        pytest.skip("all commits of this run were had")
    became = kill_and_resume(make_outbox(), points[seed])
    assert set(became) <= {("sent", 1), ("perhaps_sent", 1), ("perhaps_sent", 0)}
    # Those of one window at most were on their way when the process died; the others were left alone.
    in_doubt = [number for number, (state, _times) in enumerate(became) if state == "perhaps_sent"]
    assert len(in_doubt) <= LARGEST_WINDOW
    assert all(after - before == 1 for before, after in pairwise(in_doubt))


def test_several_workers_at_once_send_each_message_once(make_outbox, odoo):
    outbox = make_outbox()
    with odoo.worker() as second, odoo.worker() as third:
        outbox.run_by([outbox.worker, second, third])
    outbox.run()
    assert (outbox.states(), outbox.arrived()) == (["sent"] * MAILS, [1] * MAILS)
