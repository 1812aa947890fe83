# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's own queue is killed while it sends through a mailbox: no mail is lost, and none sent twice unasked."""

import random

import pytest

from .odoo_process import WorkerDied
from .seeds import seeds

POINTS = 120
# They go in windows of one, two and four.
MAILS = 7
LARGEST_WINDOW = 4


@pytest.fixture(scope="module")
def points():
    return []


class Queue:
    """A mailbox of the one user, and mails of theirs in Odoo's queue."""

    def __init__(self, lab, odoo):
        self.lab = lab
        self.odoo = odoo
        self.account = lab.account()
        self.worker = odoo.worker()
        self.desk = odoo.worker()
        mailbox = {
            "name": self.account.address,
            "kind": "smtp",
            "host": "127.0.0.1",
            "port": lab.ports["smtp_in"],
            "security": "none",
            "email": self.account.address,
            "user_id": odoo.user_id,
        }
        (self.mailbox_id,) = self.desk.call("comm.mailbox", [], "create", [[mailbox]])
        (user,) = self.desk.sql("SELECT partner_id FROM res_users WHERE id = %s", [odoo.user_id])
        mails = [
            {
                "subject": f"Mail {number}",
                "body_html": "<p>Text</p>",
                "email_from": self.account.address,
                "email_to": self._recipient(number),
                "author_id": user[0],
                "auto_delete": False,
            }
            for number in range(MAILS)
        ]
        self.mails = self.desk.call("mail.mail", [], "create", [mails])

    def _recipient(self, number):
        return f"{number}.{self.account.address}"

    def run(self):
        self.worker.call("mail.mail", [], "process_email_queue")

    def restart(self):
        self.worker.kill()
        self.worker = self.odoo.worker()

    def states(self):
        rows = self.desk.sql("SELECT state FROM mail_mail WHERE id = ANY(%s) ORDER BY id", [self.mails])
        return [state for (state,) in rows]

    def arrived(self):
        """Return how often each mail came."""
        recipients = [mail.recipients[0] for mail in self.lab.received]
        return [recipients.count(self._recipient(number)) for number in range(MAILS)]

    def close(self):
        self.worker.kill()
        self.desk.call("mail.mail", self.mails, "unlink")
        self.desk.call("comm.mailbox", [self.mailbox_id], "unlink")
        self.desk.kill()


@pytest.fixture
def make_queue(lab, odoo):
    made = []

    def make():
        made.append(Queue(lab, odoo))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


@pytest.mark.parametrize("seed", seeds(6, POINTS))
def test_killed_while_sending(make_queue, points, seed):
    if not points:
        learned = make_queue()
        learned.worker.count_commits()
        learned.run()
        commits = learned.worker.count_commits()
        assert (learned.states(), learned.arrived()) == (["sent"] * MAILS, [1] * MAILS)
        found = [(number, when) for number in range(1, commits + 1) for when in ("before", "after")]
        assert len(found) <= POINTS
        points.extend(random.Random(0).sample(found, len(found)))
    if seed >= len(points):
        pytest.skip("all commits of this run were had")
    queue = make_queue()
    queue.worker.die_at(*points[seed])
    with pytest.raises(WorkerDied):
        queue.run()
    queue.restart()
    queue.run()
    queue.run()
    # What is in doubt shows as not sent, with the reason; whoever tries again does so knowing that.
    for state, times in zip(queue.states(), queue.arrived(), strict=True):
        assert (state, times) in {("sent", 1), ("exception", 1), ("exception", 0)}
    assert queue.states().count("exception") <= LARGEST_WINDOW
