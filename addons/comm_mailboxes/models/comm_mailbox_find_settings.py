from odoo import models
from odoo.exceptions import UserError
from odoo.tools import config, email_normalize

from ..protocol.autoconfig import Discovery


class CommMailbox(models.Model):
    """The buttons "Template" and "Find settings": both end in the dialog that shows what would change."""

    _inherit = "comm.mailbox"

    def action_apply_template(self):
        self.ensure_one()
        self.check_access("write")
        domain = (email_normalize(self.email, strict=False) or "").rpartition("@")[2]
        template = self.env["comm.mailbox.template"]._serving(self.kind, [domain] if domain else [])
        return {
            **self.env["comm.mailbox.template.apply"]._dialog(self.env._("Template")),
            "context": {"default_mailbox_id": self.id, "default_template_id": template.id},
        }

    def action_find_settings(self):
        """Look for the server by the address alone, and ask before anything is overwritten."""
        self.ensure_one()
        self.check_access("write")
        template, values, source = self._find_settings()
        if not values:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "message": self.env._("Nothing found. Enter what your provider told you."),
                    "type": "info",
                },
            }
        wizard = self.env["comm.mailbox.template.apply"]._propose(self, values, template=template, source=source)
        return {**wizard._dialog(self.env._("Find settings")), "res_id": wizard.id}

    def _find_settings(self):
        """Try the templates, the DNS and the provider's autoconfig address.

        :return: ``(template, values, source)``: the template if it was one, what to write on the mailbox ({} when
            nothing was found), and a sentence about where it comes from
        """
        address = email_normalize(self.email, strict=False)
        if not address:
            raise UserError(self.env._("Enter the e-mail address of “%s” first.", self.name))
        domain = address.rpartition("@")[2]
        templates = self.env["comm.mailbox.template"]
        template = templates._serving(self.kind, [domain])
        if template:
            source = self.env._("The template “%(template)s” serves %(domain)s.", template=template.name, domain=domain)
            return template, self._with_login(template._properties_for(self.kind), address), source

        discovery = self._discovery()
        hosts = discovery.mail_hosts(domain)
        template = templates._serving(self.kind, hosts)
        if template:
            source = self.env._(
                "The template “%(template)s” fits, because mail for %(domain)s is received by %(hosts)s.",
                template=template.name,
                domain=domain,
                hosts=", ".join(hosts[:3]),
            )
            return template, self._with_login(template._properties_for(self.kind), address), source

        settings = discovery.announced(domain, self.kind)
        source = self.env._("%s announces this server in the DNS.", domain)
        if not settings:
            settings = discovery.published(address, self.kind)
            source = settings and self.env._("%s publishes these settings for mail programs.", settings.place)
        if not settings:
            return templates, {}, ""
        values = {name: getattr(settings, name) for name in ("host", "security", "port", "auth_method")}
        if settings.login:
            return templates, {**values, "login": settings.login}, source
        return templates, self._with_login(values, address), source

    def _with_login(self, values, address):
        """Add the address as login where there is none: with nearly every provider it is."""
        return values if self.login else {**values, "login": address}

    def _discovery(self):
        """Return a search in the network, under the same guard and trust as the mailboxes themselves."""
        return Discovery(self._host_guard(), ca_file=config.get("comm_mailboxes_ca_file") or None)
