from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

# What most mails are about, offered first where it is installed; all else follows by its name.
USUAL_MODELS = (
    "res.partner",
    "crm.lead",
    "sale.order",
    "purchase.order",
    "account.move",
    "project.project",
    "project.task",
    "helpdesk.ticket",
    "hr.applicant",
    "calendar.event",
)
# They have messages, but no chatter.
CHANNELS = "discuss.channel"


class CommMessage(models.Model):
    """Users link the messages that they have to contacts, and to any other record that has a chatter."""

    _inherit = "comm.message"

    linked_records = fields.Json(
        compute="_compute_linked_records",
        help="The records that the message is about, as far as the user may read them: id of the link, model, res_id, "
        "name and kind.",
    )
    sender_contact = fields.Json(
        compute="_compute_sender_contact",
        help="The contact with the sender's address (id and name); without one, whether the user may add it (can_add).",
    )

    @api.depends("record_ids.res_model", "record_ids.res_id")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_linked_records(self):
        links = self.record_ids
        readable = links._readable_records()
        kinds = self._model_names({record._name for record in readable.values()})
        for message in self:
            message.linked_records = [
                {
                    "id": link.id,
                    "model": link.res_model,
                    "res_id": link.res_id,
                    "name": readable[link].display_name,
                    "kind": kinds[link.res_model],
                }
                for link in message.record_ids
                if link in readable
            ]

    @api.depends("email_from")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_sender_contact(self):
        addresses = {message: email_normalize(message.email_from, strict=False) for message in self}
        wanted = [address for address in addresses.values() if address]
        partners = self.env["res.partner"]
        if partners.has_access("read"):
            partners = partners.search([("email_normalized", "in", wanted)], order="id desc") if wanted else partners
        # Of several with one address the oldest, as for the pictures in the list.
        by_address = {partner.email_normalized: partner for partner in partners}
        can_add = partners.has_access("create")
        for message, address in addresses.items():
            partner = by_address.get(address)
            if partner:
                message.sender_contact = {"id": partner.id, "name": partner.display_name}
            else:
                message.sender_contact = {"can_add": bool(address) and can_add}

    @api.model
    def link_models(self):
        """Return ``[{"model", "name"}]`` of what the current user can link messages to, the usual ones first."""
        # sudo: what kinds of records there are and how they are called is no secret.
        kinds = self.env["ir.model"].sudo().search([("is_mail_thread", "=", True), ("transient", "=", False)])
        found = {kind.model: kind.name for kind in kinds if self._can_be_linked(kind.model)}
        usual = [name for name in USUAL_MODELS if name in found]
        others = sorted(found.keys() - set(usual), key=lambda name: found[name].casefold())
        return [{"model": name, "name": found[name]} for name in [*usual, *others]]

    @api.model
    def _can_be_linked(self, name):
        model = self.env.get(name)
        if model is None or model._abstract or name == CHANNELS:
            return False
        return isinstance(model, self.env.registry["mail.thread"]) and model.has_access("read")

    @api.model
    def _model_names(self, names):
        # sudo: as in link_models().
        found = self.env["ir.model"].sudo().search([("model", "in", list(names))]) if names else self.env["ir.model"]
        return {kind.model: kind.name for kind in found}

    def link_to(self, res_model, res_id):
        """Link the messages to a record; what is linked already stays so.

        :raise AccessError: unless the user may change the messages and read the record
        :raise UserError: when there is no such record, or it has no chatter
        """
        self.check_access("write")
        record = self._linkable(res_model, res_id)
        if not record or res_model == CHANNELS:
            raise UserError(self.env._("Messages can be linked only to records that are there and have a chatter."))
        known = self.record_ids.filtered(lambda link: (link.res_model, link.res_id) == (record._name, record.id))
        # sudo: links are made here alone; what that takes was checked.
        self.env["comm.message.record"].sudo().create(
            [
                {"message_id": message.id, "res_model": record._name, "res_id": record.id}
                for message in self - known.message_id
            ]
        )
        return True

    def unlink_from(self, link_ids):
        """Remove links of these messages. A link that is gone already is none to remove.

        :raise AccessError: unless the user may change the messages and read the records
        """
        self.check_access("write")
        links = self.record_ids.filtered(lambda link: link.id in link_ids)
        readable = links._readable_records()
        if any(link not in readable for link in links):
            raise AccessError(self.env._("You may not read the record from which the message is to be unlinked."))
        # sudo: as in link_to().
        links.sudo().unlink()
        return True


class CommMessageRecord(models.Model):
    """Which of the records a user may know of."""

    _inherit = "comm.message.record"

    def _readable_records(self):
        """Return ``{link: record}`` for the records that are there and that the current user may read."""
        found = {}
        for name, links in self.grouped("res_model").items():
            model = self.env.get(name)
            if model is None or not model.has_access("read"):
                continue
            records = model.browse(links.mapped("res_id")).exists()._filtered_access("read")
            by_id = {record.id: record for record in records}
            found.update({link: by_id[link.res_id] for link in links if link.res_id in by_id})
        return found
