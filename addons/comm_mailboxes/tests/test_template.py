from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.comm_mailbox_template import NOT_IN_TEMPLATES, PROPERTIES, SERVER_PROPERTIES
from .common import CommCase

# What users see of a field on both models must be the same.
COMPARED = ("type", "string", "help", "selection", "relation")


def is_property(field):
    """Say whether a user edits this field of the mailbox, and this addon made it."""
    return not field.readonly and "comm_mailboxes" in field._modules


@tagged("post_install", "-at_install")
class TestTemplateProperties(CommCase):
    """No property of a mailbox is forgotten."""

    def test_every_field_of_the_mailbox_is_in_templates_or_left_out_on_purpose(self):
        names = {name for name, field in self.env["comm.mailbox"]._fields.items() if is_property(field)}
        self.assertEqual(names - PROPERTIES.keys() - NOT_IN_TEMPLATES, set(), "Add these to one of the two lists.")
        self.assertEqual((PROPERTIES.keys() | NOT_IN_TEMPLATES) - names, set(), "These are no properties of a mailbox.")
        self.assertEqual(PROPERTIES.keys() & NOT_IN_TEMPLATES, set())
        self.assertLessEqual(SERVER_PROPERTIES, PROPERTIES.keys())

    def test_the_template_has_the_same_fields_as_the_mailbox(self):
        mailbox = self.env["comm.mailbox"].fields_get(PROPERTIES, COMPARED)
        template = self.env["comm.mailbox.template"].fields_get(PROPERTIES, COMPARED)
        for name in PROPERTIES:
            with self.subTest(name):
                self.assertEqual(template[name], mailbox[name])

    def test_a_property_that_the_mailbox_would_refuse_is_refused(self):
        template = self.env["comm.mailbox.template"].create({"name": "Ours", "kind": "imap"})
        for vals in (
            {"host": "a\r\nb"},
            {"certificate_hostname": "a\nb"},
            {"tenant": "a\0b"},
            {"domains": "a b"},
            {"domains": "example.com, user@example.org"},
            {"domains": "x\r\ny"},
        ):
            with self.subTest(str(vals)), self.assertRaises(ValidationError):
                template.write(vals)
        for vals in ({"port": 0}, {"port": 65536}, {"fetch_interval": 0}, {"pop3_leave": "days", "pop3_leave_days": 0}):
            with self.subTest(str(vals)), self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                template.write(vals)
                template.flush_recordset()

    def test_the_port_follows_the_security_as_on_the_mailbox(self):
        form = Form(self.env["comm.mailbox.template"].with_context(default_kind="smtp"))
        form.name = "Ours"
        self.assertEqual(form.port, 465)
        form.security = "starttls"
        self.assertEqual(form.port, 587)
        form.port = 10587
        form.security = "tls"
        self.assertEqual(form.save().port, 10587)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_administrators_edit_and_users_read(self):
        template = self.env.ref("comm_mailboxes.template_gmx_imap")
        for user, edits in ((self.anna, False), (self.manager, False), (self.admin, True)):
            for operation, allowed in (("read", True), ("write", edits), ("create", edits), ("unlink", edits)):
                with self.subTest(f"{user.login} {operation}"):
                    self.assertEqual(template.with_user(user).has_access(operation), allowed)


@tagged("post_install", "-at_install")
class TestReadyMadeTemplates(CommCase):
    def test_providers_and_their_kinds(self):
        table = {
            "Microsoft 365": ("outlook.office365.com", "outlook.office365.com", "smtp.office365.com"),
            "Gmail": ("imap.gmail.com", "pop.gmail.com", "smtp.gmail.com"),
            "IONOS": ("imap.ionos.de", "pop.ionos.de", "smtp.ionos.de"),
            "GMX": ("imap.gmx.net", "pop.gmx.net", "mail.gmx.net"),
            "WEB.DE": ("imap.web.de", "pop3.web.de", "smtp.web.de"),
            "Strato": ("imap.strato.de", "pop3.strato.de", "smtp.strato.de"),
            "T-Online": ("secureimap.t-online.de", "securepop.t-online.de", "securesmtp.t-online.de"),
            "mailbox.org": ("imap.mailbox.org", "pop3.mailbox.org", "smtp.mailbox.org"),
            "iCloud": ("imap.mail.me.com", False, "smtp.mail.me.com"),
            "Yahoo": ("imap.mail.yahoo.com", "pop.mail.yahoo.com", "smtp.mail.yahoo.com"),
        }
        for name, hosts in table.items():
            for kind, host in zip(("imap", "pop3", "smtp"), hosts, strict=True):
                with self.subTest(f"{name} {kind}"):
                    template = self.env["comm.mailbox.template"].search([("name", "=", name), ("kind", "=", kind)])
                    self.assertEqual(template.host, host)
                    if host:
                        ports = {"imap": {993: "tls"}, "pop3": {995: "tls"}, "smtp": {465: "tls", 587: "starttls"}}
                        self.assertEqual(ports[kind].get(template.port), template.security)

    def test_which_addresses_and_receiving_servers_they_fit(self):
        for name, expected in (
            ("gmx.de", "GMX"),
            ("GMX.DE".lower(), "GMX"),
            ("mx00.gmx.net", "GMX"),
            ("gmx.com", "GMX international"),
            ("notgmx.de", False),
            ("googlemail.com", "Gmail"),
            ("aspmx.l.google.com", "Gmail"),
            ("contoso.onmicrosoft.com", "Microsoft 365"),
            ("contoso-com.mail.protection.outlook.com", "Microsoft 365"),
            ("contoso-com.p-v1.mx.microsoft", "Microsoft 365"),
            ("hotmail.com", "Microsoft 365"),
            ("mx00.kundenserver.de", "IONOS"),
            ("mx01.ionos.de", "IONOS"),
            ("smtpin.rzone.de", "Strato"),
            ("mx-ha02.web.de", "WEB.DE"),
            ("magenta.de", "T-Online"),
            ("mxext1.mailbox.org", "mailbox.org"),
            ("mx01.mail.icloud.com", "iCloud"),
            ("mta5.am0.yahoodns.net", "Yahoo"),
            ("mx-aol.mail.gm0.yahoodns.net", False),
            ("example.com", False),
            ("de", False),
        ):
            with self.subTest(name):
                self.assertEqual(self.env["comm.mailbox.template"]._serving("imap", [name]).name, expected)

    def test_the_most_special_template_fits_best_and_the_administrators_come_first(self):
        Template = self.env["comm.mailbox.template"]
        vals = {"kind": "imap", "host": "mail.example.com"}
        ours, branch, twin = Template.create(
            [
                {**vals, "name": "Ours", "domains": "example.com", "sequence": 1},
                {**vals, "name": "Branch", "domains": " Branch.example.com , bücher.example "},
                {**vals, "name": "Twin", "domains": "gmx.de"},
            ]
        )
        for names, expected in (
            (["example.com"], ours),
            (["a.example.com"], ours),
            (["x.branch.example.com"], branch),
            (["xn--bcher-kva.example"], branch),
            (["gmx.de"], twin),
            (["unknown.example.net", "example.com"], ours),
            ([], Template),
        ):
            with self.subTest(str(names)):
                self.assertEqual(Template._serving("imap", names), expected)
        self.assertFalse(Template._serving("pop3", ["example.com"]))
        ours.active = False
        self.assertFalse(Template._serving("imap", ["example.com"]))
