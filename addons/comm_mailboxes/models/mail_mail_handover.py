import logging
from collections import Counter
from functools import partial

from odoo import models, tools
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import IrMail_Server as IrMailServer
from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

from ..protocol.errors import ProtocolError
from ..sending.connection import as_bytes, refusal
from ..sending.handover import LARGEST_WINDOW, Handover, NoRecipients, Piece
from ..sync.transaction import committed

_logger = logging.getLogger(__name__)

_SENT = {"state": "sent", "failure_type": False, "failure_reason": False, "comm_delivered": False}
_FROM_FAILURES = {
    IrMailServer.NO_VALID_FROM: "mail_from_invalid",
    IrMailServer.NO_FOUND_FROM: "mail_from_missing",
    IrMailServer.NO_FOUND_SMTP_FROM: "mail_from_missing",
}


class MailMail(models.Model):
    """Odoo's queue goes through a mailbox as the outbox does (``sending.handover``).

    What Odoo does for each mail (mark it, look for its notifications, note the result, commit) is done for a window of them,
    by the same methods of Odoo: other modules extend those.
    """

    _inherit = "mail.mail"

    def _hand_over(self, route, alias_domain, auto_commit, post_send_callback):
        """Send through the mailbox of ``route``. What cannot be sent is noted."""
        queue = _Queue(self, route, alias_domain, auto_commit, post_send_callback)
        # What is to be filed is kept until then.
        handover = Handover(queue, largest=10 if queue.filing else LARGEST_WINDOW)
        try:
            handover.run()
        except (ProtocolError, UserError) as error:
            _logger.info("Mailbox %s: no connection to send: %s", route.sender.id, type(error).__name__)
        else:
            queue.mailbox._tell_of_sending(counts=queue.counts)
        finally:
            handover.close()

    def _pieces(self, servers_for, doc_to_followers):
        """Yield what goes to a server at once, as ``(builder, values, message)`` with the values that Odoo prepares.

        :param servers_for: returns ``ir.mail_server`` to build and address the mail of such values
        """
        self.ensure_one()
        for values in self._prepare_outgoing_list(doc_to_followers=doc_to_followers):
            builder = servers_for(values)
            message = builder._build_email__(
                email_from=self._from(),
                email_to=values["email_to"],
                subject=values["subject"],
                body=values["body"],
                body_alternative=values["body_alternative"],
                email_cc=values["email_cc"],
                reply_to=values["reply_to"],
                attachments=values["attachments"],
                message_id=values["message_id"],
                references=values["references"],
                object_id=values["object_id"],
                subtype="html",
                subtype_alternative="plain",
                headers=values["headers"],
            )
            yield builder, values, message

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Leave out who has this mail already: it is the others for whom it is tried again, whichever server sends."""
        found = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        known = set(self.comm_delivered or ())
        if not known:
            return found
        waiting = []
        for values in found:
            validated = values["email_to_normalized"]
            left = [address for address in validated if not _on_the_wire(address) <= known]
            # Who has no valid address was never asked for: that is told again.
            if left or not validated:
                waiting.append({**values, "email_to_normalized": left})
        return waiting

    def _mark_sending(self, in_doubt):
        """Note what is true if nobody notes anything else; return the mails that have somebody to go to."""
        mails = self.filtered(lambda mail: mail.state == "outgoing")
        nobody = mails.filtered(
            lambda mail: not ((mail.email_to or "").strip() or (mail.email_cc or "").strip() or mail.recipient_ids)
        )
        missing = self.env["ir.mail_server"].NO_VALID_RECIPIENT
        nobody.write({"state": "exception", "failure_reason": missing, "failure_type": "mail_email_missing"})
        (mails - nobody).write({"state": "exception", "failure_reason": in_doubt, "failure_type": "unknown"})
        notifications = self.env["mail.notification"].search(
            [
                ("notification_type", "=", "email"),
                ("mail_mail_id", "in", mails.ids),
                ("notification_status", "not in", ("sent", "canceled")),
            ]
        )
        notifications.sudo().write(
            {"notification_status": "exception", "failure_type": "unknown", "failure_reason": in_doubt}
        )
        # The locks are needed before anything leaves.
        self.env.flush_all()
        return mails


def _has_left(results):
    return any(verdict.accepted for result in results for verdict in result.verdicts)


def _on_the_wire(address):
    """Return an address as the verdicts of a server name it."""
    return {each.lower() for each in extract_rfc2822_addresses(address)}


class _Queue:
    """The source of the handover (see there)."""

    def __init__(self, mails, route, alias_domain, auto_commit, callback):
        self.env = mails.env
        self.route = route
        self.mailbox = route.sender.sudo()
        self.filing = mails.env.context.get("comm_filing")
        self._mails = mails.browse()
        self._ids = list(mails.ids)
        self._alias_domain = alias_domain
        self._auto_commit = auto_commit
        self._callback = callback
        self._session = None
        self._followers = {}
        self.counts = Counter()
        self._envelope = route.envelope
        self._servers = self._with_addresses()

    # What the handover asks for

    def take(self, number):
        ids, self._ids = self._ids[:number], self._ids[number:]
        return self._mails.browse(ids)

    def mark(self, mails):
        in_doubt = self.mailbox.env._(
            "Odoo was interrupted while it handed this mail over, so it may have been sent. Ask a recipient before you"
            " send it again."
        )
        mails = self._note(partial(mails._mark_sending, in_doubt))
        with_link = mails.filtered(lambda mail: mail.body_html and "/mail/unfollow" in mail.body_html)
        self._followers = self.env["mail.followers"]._get_mail_doc_to_followers(with_link.ids)
        return mails

    def pieces(self, mail):
        for builder, values, message in mail._pieces(self._servers_for, self._followers):
            name = (values["partner_id"], values["email_to"], self.filing and message, values["message_id"])
            try:
                sender, recipients, message = builder._prepare_email_message__(message, self)
            except AssertionError as error:
                # Nobody valid among these; others of this mail may be.
                yield Piece([], "", b"", name=name, problem=error)
                continue
            del message["Bcc"]
            yield Piece(recipients, self._envelope or sender, as_bytes(message, self._session), name=name)

    def connect(self, _mail):
        if self._auto_commit:
            # Nobody waits for a server with a transaction open.
            self.env.cr.commit()  # pylint: disable=invalid-commit
        self._session = self.route.sender._open_session__()
        return self._session

    def part(self, mail, result):
        """The rest follows at once; whoever is cut off finds the mark."""

    def note(self, results):
        self._note(partial(self._note_results, results))
        self.counts["sent"] += sum(1 for given in results.values() if _has_left(given))
        if self._callback:
            self._callback([mail.id for mail in results])

    def give_back(self, mails, error):
        left = self._mails.browse([*(mail.id for mail in mails), *self._ids])
        self._ids = []
        self._note(partial(self._note_unreachable, left, error))

    # What Odoo takes for an SMTP session when it prepares a mail

    @property
    def from_filter(self):
        return self.route.from_filter

    @property
    def smtp_from(self):
        return self.route.smtp_from

    # Its parts

    def _with_addresses(self):
        """Return ``ir.mail_server`` that knows what Odoo would look up for each mail, and is the same for all of these."""
        servers = self.env["ir.mail_server"]
        ours = self._alias_domain
        return servers.with_context(
            comm_quick=True,
            domain_notifications_email=ours.default_from_email if ours else servers._get_default_from_address(),
            domain_bounce_address=ours.bounce_email if ours else servers._get_default_bounce_address(),
        )

    def _servers_for(self, values):
        changes, validated = {}, values["email_to_normalized"]
        bounce = values["headers"].get("Return-Path")
        if bounce and bounce != self._servers.env.context["domain_bounce_address"]:
            changes["domain_bounce_address"] = bounce
        if not set(extract_rfc2822_addresses(", ".join([*values["email_to"], *values["email_cc"]]))) <= {*validated}:
            # A name looks like an address, a domain is in ASCII there, or somebody has the mail already.
            changes["send_validated_to"] = [*validated, *extract_rfc2822_addresses(", ".join(validated))]
        return self._servers.with_context(**changes) if changes else self._servers

    def _note_results(self, results):
        outcomes = {mail: _Outcome(self.mailbox, mail, given) for mail, given in results.items()}
        sent = self._mails
        for mail, outcome in outcomes.items():
            if self.filing:
                for message in outcome.messages:
                    self.filing.add(message)
                mail._file(self.filing, again=self._auto_commit)
            if outcome.is_sent:
                sent |= mail
            else:
                outcome.note()
        sent.write(_SENT)
        if sent:
            told = [outcomes[mail] for mail in sent]
            sent.with_context(comm_filing=None)._postprocess_sent_message(
                success_pids=[partner for outcome in told for partner in outcome.partners],
                success_emails=[email for outcome in told for email in outcome.emails],
            )
        entries = [entry for outcome in outcomes.values() for entry in outcome.events]
        self.env["comm.mailbox.event"].sudo()._log_many(self.mailbox, "send", entries)

    def _note_unreachable(self, mails, error):
        if not self.mailbox._tell_of_sending(error):
            self.env["comm.mailbox.event"].sudo()._log(self.mailbox, "error", "send", self.mailbox._explain(error))
        for reason, some in mails.grouped(lambda mail: mail._explain_failure(self.mailbox, error)).items():
            some._fail(reason, False)

    def _note(self, work):
        return committed(self.env, work) if self._auto_commit else work()


class _Outcome:
    """What became of a mail, in Odoo's words."""

    def __init__(self, mailbox, mail, results):
        self._mailbox, self._mail = mailbox, mail
        self._servers = mailbox.env["ir.mail_server"]
        self.partners, self.emails, self.messages, self.events = [], [], [], []
        # The addresses of everybody who has it, by this try or by one before.
        self._delivered = set(mail.comm_delivered or ())
        self.failure_type = self.failure_reason = None
        # Whether the failure is another one than an address that is none.
        self._is_broken = False
        for result in results:
            error = result.error
            if any(verdict.accepted for verdict in result.verdicts):
                self._note_accepted(result)
            elif not error:
                error = refusal(result.verdicts)
            if error:
                self._note_failed(result, error)

    @property
    def is_sent(self):
        return bool(self._delivered) and not self.failure_type

    def note(self):
        """Note on the mail what became of it, as Odoo does."""
        mail, vals = self._mail, {}
        if self._is_broken:
            vals = {"state": "exception", "failure_type": self.failure_type, "failure_reason": self.failure_reason}
            vals["comm_delivered"] = sorted(self._delivered)
            _logger.info("Mail %s was not sent: %s", mail.id, self.failure_reason)
        elif self.partners or self.emails:
            vals = _SENT
        elif self.failure_type:
            vals = {"failure_type": self.failure_type, "failure_reason": self.failure_reason}
        mail.write(vals)
        mail.with_context(comm_filing=None)._postprocess_sent_message(
            success_pids=self.partners,
            success_emails=self.emails,
            failure_type=self.failure_type,
            failure_reason=self.failure_reason,
        )

    def _note_accepted(self, result):
        partner, addresses, message = result.piece.name[:3]
        if partner:
            self.partners.append(partner)
        else:
            self.emails += addresses or []
        if message:
            self.messages.append(message)
        self._delivered.update(verdict.address.lower() for verdict in result.verdicts if verdict.accepted)
        level, text = self._servers._describe_sent(result.piece.name[3], result.verdicts)
        self.events.append((level, f"{text}{self._reason()}"))

    def _reason(self):
        """Return why this mailbox sent it, as the resolver said."""
        steps = (self._mail.comm_route or "").splitlines()
        return "".join(f" {step[2:]}" for step in steps if step.startswith("→"))

    def _note_failed(self, result, error):
        if isinstance(error, NoRecipients):
            return
        if isinstance(error, AssertionError) and str(error) == self._servers.NO_VALID_RECIPIENT:
            if not self._is_broken:
                named = result.piece and result.piece.name[1]
                self.failure_type = "mail_email_invalid" if named else "mail_email_missing"
                self.failure_reason = str(error)
            return
        self._is_broken, self.failure_type = True, "unknown"
        told = ""
        if isinstance(error, AssertionError):
            self.failure_type = _FROM_FAILURES.get(error.args[0], "unknown")
            self.failure_reason = str(error.args[-1])
        elif isinstance(error, ProtocolError | UserError):
            self.failure_reason = self._mail._explain_failure(self._mailbox, error)
            told = self._mailbox._explain(error)
        else:
            _logger.error("A mail could not be handed over", exc_info=error)
            self.failure_reason = tools.exception_to_unicode(error)
        message_id = result.piece.name[3] if result.piece else "-"
        self.events.append(("error", f"{message_id}: {told or self.failure_reason}"))
