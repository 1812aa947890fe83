from datetime import timedelta
from uuid import uuid4

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, config, format_datetime

from .comm_mailbox_oauth import APPLICATION_FIELDS, REACH_FIELDS

# Whoever changes one of these acts on a failure: the next fetch comes at once, also after refused logins.
# Without a login, the address is what is logged in with.
RETRY_FIELDS = REACH_FIELDS | APPLICATION_FIELDS | {"password", "client_secret", "auto_fetch"}
# So long the scheduled action may be late before the form says so.
CRON_PATIENCE = timedelta(minutes=15)


class CommMailbox(models.Model):
    """When a mailbox is fetched by itself, and why not."""

    _inherit = "comm.mailbox"

    # Compared with the stamp of the last visit (see comm.mailbox.lease): saving need not wait for a running fetch.
    settings_stamp = fields.Char(copy=False, groups=fields.NO_ACCESS)
    next_fetch = fields.Datetime(string="Next try", compute="_compute_next_fetch")
    fetch_stopped = fields.Boolean(string="Automatic fetch stopped", compute="_compute_next_fetch")
    not_in_use = fields.Char(compute="_compute_not_in_use")
    scheduler_note = fields.Char(compute="_compute_scheduler_note")

    @api.depends(
        "auto_fetch",
        "active",
        "settings_stamp",
        "lease_ids.due_at",
        "lease_ids.refusals",
        "lease_ids.settings_stamp",
        "user_id.active",
        "company_id.active",
    )
    def _compute_next_fetch(self):
        now = fields.Datetime.now()
        # sudo: leases are internal to the engine, when it comes next is not.
        for mailbox, sudo_mailbox in zip(self, self.sudo(), strict=True):
            lease = sudo_mailbox.lease_ids
            changed = lease.settings_stamp != sudo_mailbox.settings_stamp
            automatic = mailbox.auto_fetch and mailbox.active and mailbox.kind != "smtp" and not mailbox.not_in_use
            mailbox.fetch_stopped = bool(automatic and lease._is_stopped(sudo_mailbox.settings_stamp))
            due = automatic and not mailbox.fetch_stopped and (now if changed else lease.due_at)
            mailbox.next_fetch = due and max(due, now)

    @api.depends("scope", "user_id.active", "company_id.active")
    def _compute_not_in_use(self):
        # sudo: that a colleague or a company is archived is no secret to whoever sees the mailbox.
        for mailbox, sudo_mailbox in zip(self, self.sudo(), strict=True):
            reason = False
            owner = sudo_mailbox.user_id
            # OdooBot, as whom scripts act, is never active and still not gone.
            if mailbox.scope == "personal" and not owner.active and owner.id != SUPERUSER_ID:
                reason = self.env._("The owner of “%s” is archived, so nobody connects to it.", mailbox.name)
            elif sudo_mailbox.company_id and not sudo_mailbox.company_id.active:
                reason = self.env._("The company of “%s” is archived, so nobody connects to it.", mailbox.name)
            mailbox.not_in_use = reason

    @api.depends("auto_fetch", "kind")
    def _compute_scheduler_note(self):
        automatic = self.filtered(lambda mailbox: mailbox.auto_fetch and mailbox.kind != "smtp")
        (self - automatic).scheduler_note = False
        if automatic:
            automatic.scheduler_note = self._why_no_scheduler()

    def write(self, vals):
        result = super().write(vals)
        if RETRY_FIELDS & vals.keys():
            self._retry_soon()
        return result

    def _retry_soon(self):
        """Somebody acted: what failed before is tried again at the next run of the scheduled action."""
        # sudo: the stamp is the engine's; the right to act was checked by whoever calls.
        self.sudo().write({"settings_stamp": uuid4().hex})

    def _check_in_use(self):
        """Raise when the mailbox rests because its owner or its company is archived."""
        self.flush_model(["scope", "user_id", "company_id"])
        self.env["res.users"].flush_model(["active"])
        self.env["res.company"].flush_model(["active"])
        # As _compute_not_in_use decides, but in one statement: every visit asks.
        rows = self.env.execute_query(
            SQL(
                """SELECT mailbox.id
                     FROM comm_mailbox AS mailbox
                     JOIN res_users AS owner ON owner.id = mailbox.user_id
                     LEFT JOIN res_company AS company ON company.id = mailbox.company_id
                    WHERE mailbox.id = ANY(%s)
                      AND (mailbox.scope = 'personal' AND owner.active IS NOT TRUE AND owner.id <> %s
                           OR company.active IS FALSE)""",
                self.ids,
                SUPERUSER_ID,
            )
        )
        for mailbox in self.browse(mailbox_id for (mailbox_id,) in rows) | self.filtered(lambda new: not new.id):
            if mailbox.not_in_use:
                raise UserError(mailbox.not_in_use)

    @api.model
    def _why_no_scheduler(self):
        """Return why no automatic fetch can be expected, or False: users otherwise wait for mail that never comes."""
        _ = self.env._
        # sudo: users have no right on scheduled actions, but have to know whether this one runs.
        cron = self.env.ref("comm_mailboxes.ir_cron_fetch_mail", raise_if_not_found=False)
        cron = cron and cron.sudo()
        if not cron or not cron.active:
            return _("The scheduled action that fetches mailboxes is switched off. Ask your administrator.")
        # A run that takes long writes its progress; the action itself only at its end.
        progress = cron.env["ir.cron.progress"].search([("cron_id", "=", cron.id)], order="id desc", limit=1)
        seen = max(filter(None, (cron.lastcall, progress.write_date)), default=None)
        now = fields.Datetime.now()
        if seen and seen > now - CRON_PATIENCE:
            return False
        if not config["max_cron_threads"] and (not seen or cron.nextcall < now):
            return _(
                "This Odoo server runs no scheduled actions (max_cron_threads is 0), so nothing is fetched by itself."
                " Ask your administrator."
            )
        if cron.nextcall > now - CRON_PATIENCE:
            return False
        if not seen:
            return _("The scheduled action that fetches mailboxes has never run. Ask your administrator.")
        return _(
            "The scheduled action that fetches mailboxes last ran at %s. Ask your administrator.",
            format_datetime(self.env, seen),
        )
