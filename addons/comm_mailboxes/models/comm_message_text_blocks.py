from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, is_html_empty

# What Odoo's templates write where something of a record is to stand, in bodies and in subjects.
PLACEHOLDERS = ("t-out", "t-esc", "t-if", "t-foreach", "t-value", "{{")
MOST = 50


class CommMessage(models.Model):
    """Odoo's mail templates as text blocks: those for contacts, for the record that is written about, and for nothing."""

    _inherit = "comm.message"

    @api.model
    def text_blocks(self, search="", res_model=None):
        """Return ``[{"id", "name", "for"}]`` of the templates that fit; as the current user.

        :param res_model: the model of the record that is written about
        """
        models_ = [False, "res.partner"] + ([res_model] if res_model else [])
        domain = Domain("model", "in", models_) & Domain("template_category", "!=", "hidden_template")
        if search:
            domain &= Domain("name", "ilike", search)
        templates = self.env["mail.template"].search(domain, limit=MOST, order="name, id")
        return [
            # sudo: what the model is called is no secret.
            {"id": template.id, "name": template.name, "for": template.sudo().model_id.name or ""}
            for template in templates
            if not is_html_empty(template.body_html)
        ]

    @api.model
    def render_text_block(self, template_id, email_to="", res_model=None, res_id=None):
        """Return what a template says about the record, or about the first recipient: subject, body_html, attachments.

        :param email_to: the field as typed
        :raise UserError: when the template needs to know whom it is about
        """
        template = self.env["mail.template"].browse(template_id).exists()
        template.check_access("read")
        if not template:
            raise UserError(self.env._("This text block is not there any more."))
        record = self._text_block_record(template, email_to, res_model, res_id)
        if record:
            found = template._generate_template(record.ids, ("subject", "body_html"))[record.id]
            subject, body = found["subject"], found["body_html"]
        else:
            subject, body = template.subject or "", template.body_html
            if any(sign in f"{subject} {body}" for sign in PLACEHOLDERS):
                text = self.env._(
                    "“%s” speaks of the recipient. Enter one who is among the contacts first.", template.name
                )
                raise UserError(text)
        files = template.attachment_ids.filtered(lambda file: file.type == "binary")
        return {
            "subject": subject or "",
            "body_html": body or "",
            "attachments": files.read(["name", "mimetype", "file_size"]),
        }

    @api.model
    def _text_block_record(self, template, email_to, res_model, res_id):
        """Return the record that the template is rendered for, which the current user may read; maybe none."""
        if template.model and template.model == res_model and res_id:
            record = self.env[res_model].browse(res_id).exists()
            record.check_access("read")
            return record
        if template.model != "res.partner":
            return self.env["res.partner"]
        addresses = [email_normalize(address) for _name, address in self._pairs(email_to)]
        if not addresses:
            return self.env["res.partner"]
        return self.env["res.partner"].search([("email_normalized", "=", addresses[0])], limit=1)
