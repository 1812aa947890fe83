import logging
import time
from functools import partial

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, models, modules
from odoo.exceptions import UserError

from ..protocol.errors import clean
from ..sync import engine
from ..sync.lease import MailboxBusy, lease
from .comm_mailbox_event import MAX_TEXT

_logger = logging.getLogger(__name__)

# How often the outcome of a visit is written when somebody changes the mailbox in the same moment.
TRIES = 5


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def fetch_mail(self):
        """Fetch new mail of the inbox and the chosen folders, as the automatic fetch does.

        Commits what the caller did before, then works and commits on a cursor of its own: everything stored stays
        stored, whatever happens afterwards.

        :return: the number of messages that came
        :raise UserError: with what went wrong and what to do
        """
        return sum(mailbox._fetch_now() for mailbox in self)

    def refresh_folders(self):
        """Bring the folder structure in line with the server; what vanished there is marked, not deleted.

        :return: the number of folders that the server has
        """
        self.ensure_one()
        if not self.has_access("write"):
            # Who edits the mailbox sees its folders; everybody else must be allowed to read its mail.
            self._check_mail_access()
        return self._visit("folders", engine.refresh_folders)

    def _fetch_now(self, folders=None):
        """Fetch the given folders, by default those that the automatic fetch takes."""
        self.ensure_one()
        self._check_mail_access()
        if self.kind == "smtp":
            return 0
        return self._visit("fetch", partial(engine.fetch_mail, folder_ids=folders and folders.ids))

    def _visit(self, step, work):
        """Lease the mailbox, connect, do ``work(mailbox, session)`` and record how it went.

        ``work`` gets the mailbox as superuser in an environment with a cursor of its own, and commits as it likes.
        """
        self.check_access("read")
        self._check_in_use()
        self._hand_over()
        started = time.monotonic()
        with lease(self) as (mailbox, lease_row):
            failure = result = mechanism = None
            stamp, interval = mailbox.settings_stamp, mailbox.fetch_interval
            try:
                with mailbox._open_session__() as session:
                    mechanism = session.mechanism
                    result = work(mailbox, session)
                mailbox.env.cr.commit()  # pylint: disable=invalid-commit
            except Exception as error:  # noqa: BLE001 (one mailbox must not stop the others: told below and never lost)
                failure = error
                mailbox.env.cr.rollback()
                if not isinstance(error, UserError) and not hasattr(error, "template"):
                    mailbox._log_unexpected(step, error)
            seconds = time.monotonic() - started
            if failure is None:
                mailbox._record(mailbox._visit_succeeded, step, result, seconds, lease_row, mechanism)
                lease_row._note_success(stamp, interval if step == "fetch" else None)
            else:
                if step == "fetch":
                    lease_row._note_failure(failure, stamp, interval)
                mailbox._record(mailbox._visit_failed, step, failure, seconds, lease_row)
            if mechanism:
                lease_row.mechanism = mechanism
        self.env.invalidate_all()
        if failure is not None:
            # Without its cause, whose traceback would go to the browser: what the server said there is not concealed.
            raise UserError(self._explain_to_caller(failure))
        return result

    def _explain_to_caller(self, failure):
        """The visit speaks the language of the mailbox' owner; who pressed the button may speak another one."""
        if isinstance(failure, UserError):
            try:
                # Only the settings can have raised it: ask them again.
                self._session_factory__()
            except UserError as told:
                return str(told)
        return self._explain(failure)

    def _record(self, outcome, *args):
        """Write the outcome of a visit in a transaction of its own: a user may save the form in the same moment."""
        for attempt in range(1, TRIES + 1):
            try:
                outcome(*args)
                self.env.cr.commit()  # pylint: disable=invalid-commit
            except (SerializationFailure, DeadlockDetected):
                self.env.cr.rollback()
                if attempt == TRIES:
                    raise
            else:
                return

    def _hand_over(self):
        """Commit what the caller changed: the visit's own cursor has to see it and must not wait for its locks."""
        if modules.module.current_test:
            # Tests run in one transaction, which the visit's cursors share.
            self.env.flush_all()
        else:
            self.env["ir.cron"]._commit_progress()

    def _describe_result(self, step, result):
        if step == "folders":
            return self.env._("The server has %s folders.", result)
        return self.env._("Messages fetched: %s", result)

    def _record_success(self, step, text, seconds):
        # sudo: members of a shared mailbox may fetch but not edit it; state and events are the engine's.
        mailbox = self.sudo()
        if mailbox.state != "ok" or mailbox.last_error:
            mailbox.write({"state": "ok", "last_error": False})
        mailbox.env["comm.mailbox.event"]._log(mailbox, "info", step, text, seconds)
        mailbox._close_failure()
        if step == "check" and mailbox.lease_ids.failures:
            mailbox._retry_soon()

    def _record_failure(self, step, text, seconds=0.0):
        # sudo: as above.
        mailbox = self.sudo()
        text = clean(text or "-", MAX_TEXT)
        if mailbox.state != "error" or mailbox.last_error != text:
            mailbox.write({"state": "error", "last_error": text})
        mailbox.env["comm.mailbox.event"]._log(mailbox, "error", step, text, seconds)

    @api.model
    def _cron_fetch_mail(self):
        """Fetch the mailboxes that are due, the longest waiting first."""
        cron = self.env["ir.cron"]
        due = self.env["comm.mailbox.lease"]._due()
        cron._commit_progress(remaining=len(due))
        for lease_row in due:
            try:
                lease_row.mailbox_id._fetch_now()
            except MailboxBusy:
                _logger.info("Mailbox %s is being fetched by another worker", lease_row.mailbox_id.id)
            except UserError as error:
                # Recorded on the mailbox and in its event log already; the next mailbox must not wait for it.
                _logger.info("Mailbox %s was not fetched: %s", lease_row.mailbox_id.id, error)
            except Exception:
                _logger.exception("Mailbox %s could not be fetched", lease_row.mailbox_id.id)
                self.env.cr.rollback()
            if not cron._commit_progress(1):
                break
