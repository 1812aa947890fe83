from odoo import api, models
from odoo.fields import Domain
from odoo.models import BaseModel

from odoo.addons.base.models.ir_attachment import condition_values

from .ir_attachment import MAIL

# The base looks up by SQL what may be read when a domain names no more models than this.
FEW_MODELS = 5


class IrAttachment(models.Model):
    """What attachment permission groups give, in the two places that decide who reads an attachment."""

    _inherit = "ir.attachment"

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not result or operation == "create":
            return result
        forbidden, make_error = result
        granted = forbidden._comm_granted(operation)
        if not granted:
            return result
        forbidden -= granted
        return (forbidden, make_error) if forbidden else None

    def _comm_granted(self, operation):
        """Return the documents among these on which a permission group gives the current user the right."""
        if not self:
            return self
        # sudo: decides what may be read.
        granted = self.browse(self.sudo()._search(self._comm_domain_granted(operation) & Domain("id", "in", self.ids)))
        # What access rights or rules of other addons refuse on attachments themselves stays refused.
        refused = BaseModel._check_access(granted, operation)
        return granted - refused[0] if refused else granted

    @api.model
    def _comm_domain_granted(self, operation):
        if not self.env.user._is_internal():
            # Not even when a line names a group of portal users: documents of mails are for inside.
            return Domain.FALSE
        groups = self.env["comm.attachment.group"]._query_granting(operation)
        return (
            Domain("res_model", "=", MAIL)
            & Domain("res_field", "=", False)
            & Domain("comm_attachment_group_id", "in", groups)
        )

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, active_test=True, bypass_access=False):
        """A domain that names few models never reaches ``_check_access``: what the groups give goes into the SQL."""
        domain = Domain(domain)
        models_named = () if self.env.su or bypass_access else condition_values(self, "res_model", domain) or ()
        if MAIL not in models_named or len(models_named) > FEW_MODELS:
            return super()._search(domain, offset, limit, order, active_test=active_test, bypass_access=bypass_access)
        if not self.env.context.get("skip_res_field_check") and not any(
            condition.field_expr in ("id", "res_field") for condition in domain.iter_conditions()
        ):
            # As the base does; further down the conditions added here would keep it from doing so.
            domain &= Domain("res_field", "=", False)
        allowed = self._comm_domain_readable(domain)
        if set(models_named) != {MAIL}:
            others = super()._search(domain & Domain("res_model", "!=", MAIL), active_test=active_test)
            allowed |= Domain("id", "in", others)
        # Not super(): that is the lookup which this one replaces. Rules on attachments still count.
        return BaseModel._search(self, domain & allowed, offset, limit, order, active_test=active_test)

    @api.model
    def _comm_domain_readable(self, domain):
        """Return the domain of the files of mails that the current user may read, among those of ``domain``."""
        messages = self.env[MAIL].with_context(active_test=False)
        own = Domain("res_model", "=", MAIL) & Domain("res_field", "=", False)
        # Uploads whose message is not saved yet are their creator's.
        readable = Domain("res_id", "=", False) & Domain("create_uid", "=", self.env.uid)
        if messages.has_access("read"):
            message_ids = condition_values(self, "res_id", domain)
            readable |= Domain("res_id", "in", messages._search([("id", "in", message_ids)] if message_ids else []))
        return (own & readable) | self._comm_domain_granted("read")

    # Tokens: they open /web/content to whoever holds them, without any check of rights.

    def _get_raw_access_token(self):
        return not self._comm_is_of_mail() and super()._get_raw_access_token()

    def _get_thumbnail_token(self):
        return not self._comm_is_of_mail() and super()._get_thumbnail_token()

    def _get_ownership_token(self):
        return not self._comm_is_of_mail() and super()._get_ownership_token()
