from odoo import api, models
from odoo.tools import SQL

from ..sync.store import first_address
from .comm_message import SENDER_ADDRESS

# What decides which contact an address belongs to.
_DECIDES = {"email", "active", "company_id"}


class ResPartner(models.Model):
    """Mail that came before its sender became a contact belongs to them as well."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._link_messages(partners._mail_addresses())
        return partners

    def write(self, vals):
        if not _DECIDES & vals.keys():
            return super().write(vals)
        addresses = self._mail_addresses()
        result = super().write(vals)
        self._link_messages(addresses | self._mail_addresses())
        return result

    def unlink(self):
        addresses = self._mail_addresses()
        result = super().unlink()
        # Another contact may have the same address.
        self.browse()._link_messages(addresses)
        return result

    def _mail_addresses(self):
        # sudo: which addresses change hands is nobody's to see; who reads the mail sees the contact by their own rights.
        return set(self.sudo().mapped("email_normalized")) - {False, ""}

    def _link_messages(self, addresses):
        """Give mail from these addresses to the contact who has its sender's address now.

        Mail that belongs to another contact than these stays with them: somebody may have said so.
        """
        if not addresses:
            return
        self.env["comm.message"].flush_model(["email_from", "partner_id"])
        self.env["res.partner"].flush_model(["active", "company_id", "email_normalized"])
        rows = self.env.execute_query(
            SQL(
                """SELECT message.id, message.email_from, message.address, partner.id
                     FROM (SELECT id, email_from, partner_id, mailbox_id, %(address)s AS address
                             FROM comm_message
                            WHERE %(address)s = ANY(%(addresses)s)
                              AND (partner_id IS NULL OR partner_id = ANY(%(partners)s))) AS message
                     LEFT JOIN comm_mailbox AS mailbox ON mailbox.id = message.mailbox_id
                     LEFT JOIN LATERAL (
                          SELECT id FROM res_partner
                           WHERE active AND email_normalized = message.address
                             AND (company_id IS NULL OR company_id = mailbox.company_id)
                           ORDER BY id LIMIT 1) AS partner ON true
                    WHERE message.partner_id IS DISTINCT FROM partner.id""",
                address=SENDER_ADDRESS,
                addresses=list(addresses),
                partners=self.ids,
            )
        )
        # A name may look like an address: the one that counts is found as it is when a message comes.
        found = [
            (message_id, partner_id)
            for message_id, email_from, address, partner_id in rows
            if first_address(email_from) == address
        ]
        if not found:
            return
        messages, partners = map(list, zip(*found, strict=True))
        self.env.execute_query(
            SQL(
                """UPDATE comm_message AS message SET partner_id = link.partner_id
                     FROM unnest(%s::int[], %s::int[]) AS link (message_id, partner_id)
                    WHERE message.id = link.message_id
                RETURNING message.id""",
                messages,
                partners,
            )
        )
        self.env["comm.message"].browse(messages).invalidate_recordset(["partner_id"], flush=False)
