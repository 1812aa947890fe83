import hashlib
import json
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from .. import vault
from ..retries import retried

# Minutes in which a sign-in by browser has to come back.
PATIENCE = 10
# Seconds after which a question to the identity server is given up, whose worker was killed meanwhile.
LONGEST_QUESTION = 60
_SESSION_KEY = "comm_oauth_binding"


class CommOauthAttempt(models.Model):
    """A sign-in that was begun. It is good once, for ten minutes, for the user, mailbox and browser that began it."""

    _name = "comm.oauth.attempt"
    _description = "Sign-in that was begun"
    _rec_name = "mailbox_id"

    # Only a hash: who reads the table, or a backup of it, cannot finish a sign-in.
    key_hash = fields.Char(required=True)
    session_hash = fields.Char(required=True)
    way = fields.Selection([("code", "Browser"), ("device", "Code")], required=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade", index=True)
    ciphertext = fields.Char(required=True)
    # Of the settings that it began with: what it brings must not serve, or be sent by, others.
    fingerprint = fields.Char()
    return_to = fields.Char()
    expires_at = fields.Datetime(required=True)
    # Its code is with the identity server. The row stays until the answer is stored: who signs out meanwhile deletes it.
    is_used = fields.Boolean()
    polled_at = fields.Datetime()

    _one_per_key = models.UniqueIndex("(key_hash)")

    @api.model
    def _new_key(self):
        return secrets.token_urlsafe(32)

    @api.model
    def _begin(self, mailbox, key, way, flow, *, seconds=PATIENCE * 60, return_to=""):
        self.create(
            {
                "key_hash": _hash(key),
                "session_hash": self._session_hash(),
                "way": way,
                "user_id": self.env.uid,
                "mailbox_id": mailbox.id,
                "ciphertext": vault.encrypt(json.dumps(flow)),
                "fingerprint": mailbox._oauth_fingerprint(),
                "return_to": return_to,
                "expires_at": fields.Datetime.now() + timedelta(seconds=seconds),
            }
        )

    @api.model
    def _find(self, key, way, user):
        """Return the attempt if it is this user's, of this browser, and still good; else an empty one."""
        if not isinstance(key, str):
            return self.browse()
        attempt = self.search([("key_hash", "=", _hash(key)), ("way", "=", way), ("user_id", "=", user.id)])
        is_good = (
            attempt
            and not attempt.is_used
            and attempt.expires_at >= fields.Datetime.now()
            and secrets.compare_digest(attempt.session_hash, self._session_hash())
        )
        return attempt if is_good else self.browse()

    def _use_up(self):
        """Nobody finds the attempt any more, whatever the request comes to; False when it was used or ended meanwhile."""
        return self._at_once(
            SQL(
                "UPDATE comm_oauth_attempt SET is_used = TRUE WHERE id = %s AND is_used IS NOT TRUE RETURNING id",
                self.id,
            )
        )

    def _close(self):
        """Delete the attempt in this transaction, which stores what it brought; False when somebody has ended it.

        Whoever ends it at the same moment, by signing out or by other settings, deletes the same row: one of the two is
        done again, and sees what the other one did.
        """
        return bool(self.env.execute_query(SQL("DELETE FROM comm_oauth_attempt WHERE id = %s RETURNING id", self.id)))

    def _claim(self, pause):
        """Return whether the caller may ask the identity server: nobody else does, nor did in the last ``pause`` seconds."""
        now = fields.Datetime.now()
        return self._at_once(
            SQL(
                """UPDATE comm_oauth_attempt SET polled_at = %s
                    WHERE id = %s AND (polled_at IS NULL OR polled_at <= %s) RETURNING id""",
                now + timedelta(seconds=LONGEST_QUESTION),
                self.id,
                now - timedelta(seconds=pause),
            )
        )

    def _release(self):
        """The identity server has answered; the pause begins."""
        now = fields.Datetime.now()
        return self._at_once(
            SQL("UPDATE comm_oauth_attempt SET polled_at = %s WHERE id = %s RETURNING id", now, self.id)
        )

    def _at_once(self, query):
        """Return whether the query met a row; it is committed on a cursor of its own.

        In the request's transaction it would be undone when Odoo calls the request again, and a code go out twice.
        """

        def work():
            with self.env.registry.cursor() as cr:
                cr.execute(query)
                return bool(cr.fetchall())

        done = retried(work)
        self.invalidate_model(flush=False)
        return done

    def _flow__(self):  # noqa: PLW3201 (holds what proves that the code is for us)
        return json.loads(vault.decrypt__(self.ciphertext))

    @api.model
    def _session_hash(self):
        """Bind to the browser's session. Programs, which come with a key (JSON-2, XML-RPC), have none that lasts: what they
        begin belongs to the user and to whoever has its key.
        """
        if not request or not request.session.uid or not request.session.can_save:
            return _hash("")
        if _SESSION_KEY not in request.session:
            request.session[_SESSION_KEY] = secrets.token_urlsafe(32)
        return _hash(request.session[_SESSION_KEY])

    @api.autovacuum
    def _gc_attempts(self):
        self.search([("expires_at", "<", fields.Datetime.now() - timedelta(minutes=PATIENCE))]).unlink()


def _hash(text):
    # Whatever a browser sends as key is unknown, not an error: half of a surrogate pair, too.
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
