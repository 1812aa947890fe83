import math
import time
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ..sync import outbox
from .oauth import OauthCase
from .outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestPostponed(OutboxCase, OauthCase):
    """Many messages that cannot leave for one reason."""

    def test_one_reason_is_explained_once_however_many_wait(self):
        few, many = self.cost_of(2), self.cost_of(14)
        self.assertTrue(all(few.values()), few)
        self.assertEqual(few, many)

    def cost_of(self, number):
        """Return how many transactions it takes to note that so many messages cannot leave."""
        out = self.make_oauth_mailbox(kind="smtp", name=f"Out {number}").with_env(self.env)
        self.sign_in(out.with_user(self.anna))
        self.book.revoke(self.account.address)
        messages = self.env["comm.message"].union(*(self.queue(out, subject=f"Mail {each}") for each in range(number)))
        with self.counted(outbox, "committed") as commits, self.counted(type(out), "_on_fresh_cursor") as cursors:
            self.send()
        self.assertEqual(set(messages.mapped("outgoing_state")), {"failed"})
        self.assertEqual(len(messages.unsent_activity_id), number)
        return {"commits": commits.call_count, "cursors": cursors.call_count}

    def counted(self, owner, name):
        return patch.object(owner, name, autospec=True, side_effect=getattr(owner, name))

    def test_a_turn_ends_and_the_next_one_goes_on(self):
        out = self.make_smtp(password="wrong")
        messages = self.env["comm.message"].union(*(self.queue(out, subject=f"Mail {each}") for each in range(5)))
        self.env.flush_all()
        # The turn is over as soon as the server has refused the login.
        moments = iter([time.monotonic()])
        clock = SimpleNamespace(monotonic=lambda: next(moments, math.inf))
        with patch.object(outbox, "time", clock), patch.object(outbox, "BATCH", 2):
            self.assertEqual(out._send_outbox(), {"failed": 2})
        self.env.invalidate_all()
        self.assertEqual(sorted(messages.mapped("outgoing_state")), ["failed"] * 2 + ["queued"] * 3)
        self.send()
        self.assertEqual(set(messages.mapped("outgoing_state")), {"failed"})

    def test_what_is_taken_back_or_deleted_meanwhile_is_not_failed(self):
        """Messages are noted together: each is looked at once more."""
        out = self.make_smtp(password="wrong")
        gone, kept, back = (self.queue(out, subject=name) for name in ("gone", "kept", "back"))
        self.env.flush_all()
        mailboxes = self.env.registry["comm.mailbox"]
        real = mailboxes._submission_session__

        def session(mailbox, message):
            back.with_user(self.anna).action_undo_send()
            gone.exists().unlink()
            back.env.flush_all()
            return real(mailbox, message)

        with patch.object(mailboxes, "_submission_session__", session):
            self.send()
        self.assertEqual((kept.outgoing_state, back.outgoing_state), ("failed", "draft"))
        self.assertFalse(back.unsent_activity_id)
