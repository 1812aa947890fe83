import logging
import time
from functools import partial

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, models, modules
from odoo.exceptions import UserError

from ..protocol.errors import ProtocolError, clean
from ..sync import engine
from ..sync.errors import MessageGone, VisitsDied
from ..sync.lease import MailboxBusy, NothingDue, account_of, lease
from ..sync.watch import watched
from ..turns import take_in_turn
from .comm_mailbox_event import MAX_TEXT
from .comm_mailbox_lease import DEATHS_BEFORE_TOLD

_logger = logging.getLogger(__name__)

# How often the outcome of a visit is written when somebody changes the mailbox in the same moment.
TRIES = 5
# Bytes: more than any message has.
NO_LIMIT = 1 << 62


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

    def repair(self):
        """Compare everything that Odoo holds with the server, and mend what differs.

        :return: a sentence that tells what was mended
        """
        self.ensure_one()
        if not self.has_access("write"):
            self._check_mail_access()
        visit = self._visit("repair", engine.repair)
        return self._describe_result("repair", visit)

    def _fetch_now(self, folders=None):
        """Fetch the given folders, by default those that the automatic fetch takes.

        :return: the number of messages that came
        """
        self.ensure_one()
        # All that is asked here: what the visit commits makes Odoo forget the rest, which is much.
        self.fetch(["kind", "active", "scope", "user_id", "company_id", "name"])
        self._check_mail_access()
        if self.kind == "smtp":
            return 0
        visit = self._visit("fetch", partial(engine.fetch_mail, folder_ids=folders and folders.ids))
        if not visit.complete and self.auto_fetch:
            # sudo: users have no right on scheduled actions; this one only goes on with what was begun.
            self.env.ref("comm_mailboxes.ir_cron_fetch_mail").sudo()._trigger()
        return visit.counts["imported"]

    def _push_now(self):
        """Tell the server what users changed in Odoo.

        :return: the number of changes that it learned
        """
        self.ensure_one()
        return self._visit("push", engine.push_operations).counts["pushed"]

    def _load_messages_now(self, messages):
        """Bring the whole of messages of which only the header is here.

        :raise UserError: when the server has one of them no more; the others are loaded
        """
        self.ensure_one()
        counts = self._visit("fetch", partial(engine.load, message_ids=messages.ids)).counts
        if counts["gone"]:
            raise UserError(self._explain(MessageGone()))

    def _import_limit(self):
        """Return how many bytes a message may have to be imported whole."""
        return (
            self.company_id or self.user_id.company_id or self.env.company
        ).comm_import_limit * 1_000_000 or NO_LIMIT

    def _visit(self, step, work, *, if_due=False):
        """Lease the mailbox, connect, do ``work(mailbox, session)`` and record how it went.

        ``work`` gets the mailbox as superuser in an environment with a cursor of its own, and commits as it likes.

        :param step: the event's step; "fetch" also decides when the mailbox is fetched next
        :return: what ``work`` returned
        """
        self.check_access("read")
        self._check_in_use()
        self._hand_over()
        started = time.monotonic()
        with lease(self, if_due=if_due) as (mailbox, lease_row), watched(mailbox) as leash:
            failure = result = None
            mechanisms = []
            stamp, interval = mailbox.settings_stamp, mailbox.fetch_interval
            account = account_of(mailbox)
            if if_due and lease_row.deaths >= DEATHS_BEFORE_TOLD:
                # Now: this one may end like them.
                mailbox._record(mailbox._visit_failed, step, VisitsDied(lease_row.deaths), 0.0, lease_row)

            def logged_in(mechanism):
                # Not before: a login that was mistyped changes nothing.
                if not mechanisms and lease_row.account and lease_row.account != account:
                    mailbox._compare_with_another_account()
                mechanisms.append(mechanism)

            try:
                result = mailbox._do_visit(work, logged_in)
                if not getattr(result, "is_settled", False):
                    mailbox.env.cr.commit()  # pylint: disable=invalid-commit
            except Exception as error:  # noqa: BLE001 (one mailbox must not stop the others: told below and never lost)
                failure = error
                mailbox.env.cr.rollback()
                if not isinstance(error, UserError) and not hasattr(error, "template"):
                    mailbox._log_unexpected(step, error)
            seconds = time.monotonic() - started
            mechanism = mechanisms[-1] if mechanisms else None
            problems = getattr(result, "problems", None)
            told = {"mechanism": mechanism, "settled_by": getattr(result, "settled_by", None)}
            told["account"] = mechanism and lease_row.account != account and account
            told = {name: value for name, value in told.items() if value}
            if leash.is_late and isinstance(failure, ProtocolError):
                # Whatever it looked like from where it was noticed.
                failure = leash.broken(mailbox.host)
            if leash.is_pulled and not leash.is_late and isinstance(failure, ProtocolError):
                # Not the server's fault, nor what it has to wait for when somebody brings the mailbox back.
                mailbox._record(mailbox._visit_broken_off, step, seconds)
                lease_row._note_end()
                failure = UserError(self._explain_broken_off())
            elif problems:
                # The connection is sound and the other folders are done: no reason to wait longer for the next visit.
                lease_row._note_success(stamp, interval if step == "fetch" else None, result.complete, **told)
                mailbox._record(mailbox._visit_failed, step, problems[0], seconds, lease_row)
                failure = problems[0]
            elif failure is None:
                mailbox._record(mailbox._visit_succeeded, step, result, seconds, lease_row, mechanism)
                complete = getattr(result, "complete", True)
                lease_row._note_success(stamp, interval if step == "fetch" else None, complete, **told)
            else:
                lease_row.write(told)
                if step in ("fetch", "push"):
                    lease_row._note_failure(failure, stamp, interval)
                mailbox._record(mailbox._visit_failed, step, failure, seconds, lease_row)
        self.env.invalidate_all()
        if failure is not None:
            # Without its cause, whose traceback would go to the browser: what the server said there is not concealed.
            raise UserError(self._explain_to_caller(failure))
        return result

    def _do_visit(self, work, note):
        """Connect and do ``work``; ``note(mechanism)`` is called once logged in."""
        with self._open_session__() as session:
            note(session.mechanism)
            return work(self, session)

    def _compare_with_another_account(self):
        """Somebody changed login or server: have everything compared, since the same UIDs may stand for other mails there.

        What is not there, nobody deleted: it stays (see ``sync.vanished``). What was to happen to messages is told where they
        are found; what was to happen to the folders of the old account must not happen to those of the new one.
        """
        known = self.folder_ids.filtered("uidvalidity")
        waiting = self.env["comm.operation"].search([("mailbox_id", "=", self.id), ("message_id", "=", False)])
        if waiting or not all(folder.is_to_compare and folder.keeps_lost for folder in known):
            waiting._tell_undone(self, self._explain_another_account(waiting))
        waiting._undo()
        known.write({"is_to_compare": True, "keeps_lost": True})
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _explain_another_account(self, given_up):
        _ = self.env._
        text = _(
            "The mailbox has another login or server than before, so everything is compared with that account. Messages that it"
            " has too are the same as before, and changes of them that wait are told to it. The others stay in Odoo, in folders"
            " that are crossed out; changes of them are dropped."
        )
        if given_up:
            changes = ", ".join(given_up.mapped("summary"))
            text += " " + _("Given up, as they were for folders of the account before: %s.", changes)
        return text

    def _visit_broken_off(self, step, seconds):
        self.env["comm.mailbox.event"]._log(self, "info", step, self._explain_broken_off(), seconds)

    def _explain_broken_off(self):
        return self.env._("“%s” was archived meanwhile, so the connection to its server was closed.", self.name)

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
        _ = self.env._
        if step == "folders":
            return _("The server has %s folders.", result)
        counts = result.counts
        if step == "search":
            return _(
                "Found on the server: %(found)s, fetched: %(loaded)s", found=counts["found"], loaded=counts["imported"]
            )
        if step == "repair":
            mended = [
                (_("Messages fetched: %s"), counts["mended"]),
                (_("Messages that are not on the server any more: %s"), counts["vanished"]),
                (
                    _("Messages of which text or files were missing, fetched again: %s"),
                    counts["restored"] + counts["loaded"],
                ),
                (_("Marks corrected: %s"), counts["changed"]),
                (_("Messages found in another place: %s"), counts["moved"]),
                (_("Messages shown in the wrong folder: %s"), counts["shown"]),
                (_("Counts of folders corrected: %s"), counts["counts"]),
            ]
            parts = [text % number for text, number in mended if number]
            if not result.complete:
                parts.append(_("The rest follows with the next fetch."))
            return " · ".join(parts) or _("Everything was compared with the server: there was nothing to mend.")
        parts = [_("Messages fetched: %s", counts["imported"] + counts["loaded"])] if step == "fetch" else []
        told = [
            (_("changed on the server: %s"), counts["changed"]),
            (_("gone from the server: %s"), counts["vanished"]),
            (_("changes told to the server: %s"), counts["pushed"]),
            (_("changes that still wait: %s"), counts["waiting"]),
        ]
        parts += [text % number for text, number in told if number]
        if not result.complete:
            parts.append(_("the rest follows"))
        return ", ".join(parts) or _("There was nothing to do.")

    def _record_success(self, step, text, seconds):
        # sudo: members of a shared mailbox may fetch but not edit it; state and events are the engine's.
        mailbox = self.sudo()
        if mailbox.state != "ok" or mailbox.last_error:
            mailbox.write({"state": "ok", "last_error": False})
            mailbox._close_failure()
        mailbox.env["comm.mailbox.event"]._log(mailbox, "info", step, text, seconds)
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
        """Fetch the mailboxes that are due, the longest waiting first.

        Several scheduled actions do this at the same time: who gets the lease of a mailbox fetches it.
        """
        take_in_turn(self.env, self.env["comm.mailbox.lease"]._due(), self._fetch_due)

    def _fetch_due(self, lease_row):
        """Fetch a mailbox; return whether there is more to do in the next turn, None when another worker does it."""
        mailbox = lease_row.mailbox_id
        try:
            return not mailbox._visit("fetch", engine.fetch_mail, if_due=True).complete
        except (MailboxBusy, NothingDue):
            _logger.info("Mailbox %s is fetched by another worker", mailbox.id)
            return None
        except UserError as error:
            # Recorded on the mailbox and in its event log already; the next mailbox must not wait for it.
            _logger.info("Mailbox %s was not fetched: %s", mailbox.id, error)
        except Exception as error:  # noqa: BLE001 (one mailbox must not stop the others)
            mailbox._note_unexpected("fetch", error)
        return False
