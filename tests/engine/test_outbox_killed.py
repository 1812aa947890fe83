# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A process that is killed before or after any of its commits while it sends: nothing is lost, and nothing sent twice unasked."""

import random
from itertools import pairwise

import pytest

from .odoo_process import WorkerDied
from .seeds import seeds

SEND = "comm_mailboxes.ir_cron_send"
# More than twice the commits of a run.
POINTS = 120
# They go in windows of one, two and four.
MAILS = 7
LARGEST_WINDOW = 4


@pytest.fixture(scope="module")
def points():
    return []


class Outbox:
    """An outgoing mailbox of the one user, with messages that are due."""

    def __init__(self, lab, odoo):
        self.lab = lab
        self.odoo = odoo
        self.account = lab.account()
        self.worker = odoo.worker()
        self.desk = odoo.worker()
        # No waiting time to undo: what is sent is due.
        self.desk.call(
            "res.users.settings", [], "_find_or_create_for_user", [{"model": "res.users", "ids": [odoo.user_id]}]
        )
        self.desk.sql("UPDATE res_users_settings SET comm_undo_seconds = 0")
        (self.id,) = self.desk.call("comm.mailbox", [], "create", [[self._values()]])
        self.messages = [self._send(number) for number in range(MAILS)]

    def _values(self):
        return {
            "name": self.account.address,
            "kind": "smtp",
            "host": "127.0.0.1",
            "port": self.lab.ports["smtp_in"],
            "security": "none",
            "email": self.account.address,
            "user_id": self.odoo.user_id,
        }

    def _send(self, number):
        values = {
            "from_mailbox_id": self.id,
            "email_to": f"{number}.{self.account.address}",
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

    def restart(self):
        self.worker.kill()
        self.worker = self.odoo.worker()

    def states(self):
        rows = self.desk.sql(
            "SELECT id, outgoing_state FROM comm_message WHERE id = ANY(%s) ORDER BY id", [self.messages]
        )
        return [state for _id, state in rows]

    def arrived(self):
        """Return how often each message came."""
        recipients = [mail.recipients[0] for mail in self.lab.received]
        return [recipients.count(f"{number}.{self.account.address}") for number in range(MAILS)]

    def close(self):
        self.worker.kill()
        self.desk.call("comm.mailbox", [self.id], "unlink")
        self.desk.kill()


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
        learned = make_outbox()
        learned.worker.count_commits()
        learned.run()
        commits = learned.worker.count_commits()
        assert (learned.states(), learned.arrived()) == (["sent"] * MAILS, [1] * MAILS)
        found = [(number, when) for number in range(1, commits + 1) for when in ("before", "after")]
        assert len(found) <= POINTS
        points.extend(random.Random(0).sample(found, len(found)))
    if seed >= len(points):
        pytest.skip("all commits of this run were had")
    outbox = make_outbox()
    outbox.worker.die_at(*points[seed])
    with pytest.raises(WorkerDied):
        outbox.run()
    outbox.restart()
    outbox.run()
    outbox.run()
    for state, times in zip(outbox.states(), outbox.arrived(), strict=True):
        assert (state, times) in {("sent", 1), ("perhaps_sent", 1), ("perhaps_sent", 0)}
    # Those of one window at most were on their way when the process died; the others were left alone.
    in_doubt = [number for number, state in enumerate(outbox.states()) if state == "perhaps_sent"]
    assert len(in_doubt) <= LARGEST_WINDOW
    assert all(after - before == 1 for before, after in pairwise(in_doubt))


def test_several_workers_at_once_send_each_message_once(make_outbox, odoo):
    outbox = make_outbox()
    workers = [outbox.worker, odoo.worker(), odoo.worker()]
    outbox.run_by(workers)
    outbox.run()
    assert (outbox.states(), outbox.arrived()) == (["sent"] * MAILS, [1] * MAILS)
