# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Odoo's own queue is killed while it sends through a mailbox: no mail is lost, and none sent twice unasked."""

import pytest

from .killed import LARGEST_WINDOW, MAILS, POINTS, Sending, kill_and_resume, kill_points
from .seeds import seeds


@pytest.fixture(scope="module")
def points():
    return []


class Queue(Sending):
    """A mailbox of the one user, and mails of theirs in Odoo's queue."""

    def __init__(self, lab, odoo):
        super().__init__(lab, odoo)
        (user,) = self.desk.sql("SELECT partner_id FROM res_users WHERE id = %s", [odoo.user_id])
        mails = [
            {
                "subject": f"Mail {number}",
                "body_html": "<p>Text</p>",
                "email_from": self.account.address,
                "email_to": self.recipient(number),
                "author_id": user[0],
                "auto_delete": False,
            }
            for number in range(MAILS)
        ]
        self.mails = self.desk.call("mail.mail", [], "create", [mails])

    def run(self):
        self.worker.call("mail.mail", [], "process_email_queue")

    def states(self):
        rows = self.desk.sql("SELECT state FROM mail_mail WHERE id = ANY(%s) ORDER BY id", [self.mails])
        return [state for (state,) in rows]

    def close(self):
        self.worker.kill()
        self.desk.call("mail.mail", self.mails, "unlink")
        super().close()


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
        points.extend(kill_points(make_queue()))
    if seed >= len(points):
        pytest.skip("all commits of this run were had")
    became = kill_and_resume(make_queue(), points[seed])
    # What is in doubt shows as not sent, with the reason; whoever tries again does so knowing that.
    assert set(became) <= {("sent", 1), ("exception", 1), ("exception", 0)}
    assert [state for state, _times in became].count("exception") <= LARGEST_WINDOW
