import ipaddress

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import email_normalize

# Written by visits and checks alone, also where somebody writes by RPC.
ENGINE_FIELDS = {"state", "last_error"}


class CommMailbox(models.Model):
    """What may be entered. It is checked before it is written: PostgreSQL answers a NUL with a bare error."""

    _inherit = "comm.mailbox"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_input(vals)
        if self.env.su:
            return super().create(vals_list)
        # Defaults in the context are values too.
        names = {f"default_{name}" for name in (*ENGINE_FIELDS, "company_id")}
        context = {key: value for key, value in self.env.context.items() if key not in names}
        # pylint: disable-next=context-overridden
        return super(CommMailbox, self.with_context(context)).create(vals_list)

    def write(self, vals):
        self._check_input(vals)
        if "kind" in vals and any(mailbox.kind != vals["kind"] for mailbox in self):
            raise ValidationError(self.env._("The kind of a mailbox stays. Create a new one instead."))
        return super().write(vals)

    def _check_input(self, vals):
        if not self.env.su and ENGINE_FIELDS & vals.keys():
            raise AccessError(self.env._("The state of a mailbox comes from its server. Choose “Check mailbox”."))
        if not self.env.su and vals.get("company_id") and vals["company_id"] not in self.env.user.company_ids.ids:
            raise ValidationError(self.env._("Choose one of your own companies."))
        for name, value in vals.items():
            field = self._fields.get(name)
            if field and field.type == "char" and isinstance(value, list | tuple | set | dict):
                # Odoo would store its Python text.
                label = field._description_string(self.env)
                raise ValidationError(self.env._("“%(field)s” must be a single line.", field=label))
            text = str(value or "")
            # A line break would end a protocol command or a header and begin another.
            broken = len(text.splitlines()) > 1 or any(ord(letter) < 32 or ord(letter) == 127 for letter in text)
            if field and field.type == "char" and broken:
                label = field._description_string(self.env)
                raise ValidationError(self.env._("“%(field)s” must be a single line.", field=label))

    @api.constrains("host")
    def _check_host(self):
        for mailbox in self:
            host = (mailbox.host or "").strip()
            name, colon, port = host.rpartition(":")
            if port.isdecimal() and name and ":" not in name:
                raise ValidationError(
                    self.env._(
                        "Enter “%(host)s” as server, and %(port)s in the field for the port.", host=name, port=port
                    )
                )
            if colon and not _is_ipv6(host):
                raise ValidationError(self.env._("“%s” is neither a server name nor an address.", host))
            if any(letter.isspace() or letter in "/\\@?#" for letter in host):
                raise ValidationError(
                    self.env._(
                        "The server is a name such as mail.example.com or an address, nothing before or after it."
                    )
                )

    @api.constrains("email", "check_recipient")
    def _check_addresses(self):
        for mailbox in self:
            for name in ("email", "check_recipient"):
                if mailbox[name] and not is_one_address(mailbox[name]):
                    label = self._fields[name]._description_string(self.env)
                    raise ValidationError(
                        self.env._("“%(field)s” must be one e-mail address, such as name@example.com.", field=label)
                    )


def _is_ipv6(text):
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def is_one_address(text):
    """Whether ``text`` is an address, with or without a name before it, and nothing more."""
    # email_normalize lets an empty part before the @ pass, and commas behind the address.
    address = (email_normalize(text) or "").casefold()
    text = text.strip().casefold()
    return bool(address.partition("@")[0]) and (text == address or text.endswith(f"<{address}>"))
