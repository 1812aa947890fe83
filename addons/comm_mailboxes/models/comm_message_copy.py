from odoo import api, fields, models


class CommMessage(models.Model):
    """Copies that another program made. One may prove to be the first half of a move: then the message that was copied goes on
    in its place (see ``sync.moved``). But what somebody worked on in Odoo stays the record that it is.
    """

    _inherit = "comm.message"

    copied_from_id = fields.Many2one(
        "comm.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message of which another program made this copy; it may prove to be the first half of a move.",
    )
    is_worked_on = fields.Boolean(
        string="Worked on",
        readonly=True,
        copy=False,
        help="Somebody did something with this copy in Odoo: it stays the record that it is.",
    )

    def _note_worked_on(self):
        """Note that somebody does something with these messages, or refers to them."""
        # sudo: no field of users; what they do was checked by the caller.
        copies = self.sudo().filtered(lambda message: message.copied_from_id and not message.is_worked_on)
        copies.with_context(comm_sync=True).is_worked_on = True

    def _end_moves(self):
        """Note that what becomes of these messages from now on is no half of a move: what was copied of them is a copy."""
        # sudo: as in _note_worked_on.
        messages = self.sudo().with_context(active_test=False, comm_sync=True)
        messages.search([("copied_from_id", "in", self.ids)]).copied_from_id = False

    def _go_on_as(self, copy):
        """Hand over to a copy that stays what hangs on this message, which is gone and does not come back."""
        messages = self.with_context(active_test=False)
        known = {(link.res_model, link.res_id) for link in copy.record_ids}
        self.record_ids.filtered(lambda link: (link.res_model, link.res_id) not in known).message_id = copy
        messages.search([("original_id", "=", self.id)]).original_id = copy
        self.env["comm.attachment.link"].search([("message_id", "=", self.id)]).message_id = copy
        copy.copied_from_id = False
        # What turns up somewhere from now on is the copy.
        self.identity = False


class CommMessageRecord(models.Model):
    _inherit = "comm.message.record"

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        links.message_id._note_worked_on()
        return links
