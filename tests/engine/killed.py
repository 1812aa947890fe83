# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is sent is killed before or after each of its commits: the run of it is the same for Odoo's queue and for the outbox."""

import random

import pytest

from .odoo_process import WorkerDied

# They go in windows of one, two and four.
MAILS = 7
LARGEST_WINDOW = 4
# More than twice the commits of a run.
POINTS = 120


class Sending:
    """``MAILS`` mails of a new outgoing mailbox of the one user; who inherits queues and sends them."""

    def __init__(self, lab, odoo):
        self.lab = lab
        self.odoo = odoo
        self.account = lab.account()
        self.worker = odoo.worker()
        self.desk = odoo.worker()
        (self.mailbox_id,) = self.desk.call("comm.mailbox", [], "create", [[self._mailbox()]])

    def _mailbox(self):
        return {
            "name": self.account.address,
            "kind": "smtp",
            "host": "127.0.0.1",
            "port": self.lab.ports["smtp_in"],
            "security": "none",
            "email": self.account.address,
            "user_id": self.odoo.user_id,
        }

    def recipient(self, number):
        return f"{number}.{self.account.address}"

    def restart(self):
        self.worker.kill()
        self.worker = self.odoo.worker()

    def arrived(self):
        """Return how often each mail came."""
        recipients = [mail.recipients[0] for mail in self.lab.received]
        return [recipients.count(self.recipient(number)) for number in range(MAILS)]

    def close(self):
        self.worker.kill()
        # A mailbox with mail that has not left cannot be deleted.
        self.desk.sql("UPDATE comm_message SET outgoing_state = 'sent' WHERE from_mailbox_id = %s", [self.mailbox_id])
        self.desk.call("comm.mailbox", [self.mailbox_id], "unlink")
        self.desk.kill()


def kill_points(sending):
    """Let ``sending`` run undisturbed; return all ``(commit, "before" | "after")`` at which another one can die, mixed."""
    sending.worker.count_commits()
    sending.run()
    commits = sending.worker.count_commits()
    assert (sending.states(), sending.arrived()) == (["sent"] * MAILS, [1] * MAILS)
    found = [(number, when) for number in range(1, commits + 1) for when in ("before", "after")]
    assert len(found) <= POINTS
    return random.Random(0).sample(found, len(found))


def kill_and_resume(sending, point):
    """Let ``sending`` die there, and its mails be sent by another process; return ``(state, times it arrived)`` of each."""
    sending.worker.die_at(*point)
    with pytest.raises(WorkerDied):
        sending.run()
    sending.restart()
    sending.run()
    sending.run()
    return list(zip(sending.states(), sending.arrived(), strict=True))
