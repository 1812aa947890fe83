"""An Odoo in which nobody has set anything of ours sends as if this addon were not there: the same servers, the same sessions,
the same bytes. And so does everything that no mailbox is meant for, where others have some.
"""

import re
from contextlib import contextmanager

from odoo.fields import Command
from odoo.tests import tagged

from .sending import ADDRESS, SendingCase

# What differs from one sending to the next by itself.
_CHANCE = re.compile(rb"(?im)^(?:date|message-id|references):(?:.*\r\n)(?:[ \t].*\r\n)*|=+\d{5,}==")


@contextmanager
def bare_odoo(env):
    """Take our methods away from Odoo's models, as if the addon were not installed."""
    taken = []
    for model in ("ir.mail_server", "mail.mail"):
        for part in type(env[model]).mro():
            if part.__module__.startswith("odoo.addons.comm_"):
                taken += [(part, name, value) for name, value in vars(part).items() if _is_method(name, value)]
    for part, name, _value in taken:
        delattr(part, name)
    try:
        yield
    finally:
        for part, name, value in taken:
            setattr(part, name, value)


def _is_method(name, value):
    return callable(value) and not name.startswith("__")


@tagged("post_install", "-at_install")
class TestWithoutSettings(SendingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "company.test", "default_from": "notifications", "bounce_alias": "bounce", "catchall_alias": "all"}
        )

    # The settings of Odoo

    def nothing(self):
        pass

    def any_server(self):
        self.make_server(from_filter=False)

    def servers_with_filters(self):
        self.make_server("own", from_filter="elsewhere.test", sequence=1)
        self.make_server("server", from_filter="company.test", sequence=2)
        self.make_server("shared", from_filter="boss@lab.test", sequence=3)

    def fitting_and_archived(self):
        self.make_server("own", from_filter=ADDRESS, active=False)
        self.make_server("server", from_filter="other.test")

    def personal(self):
        self.anna.outgoing_mail_server_id = self.make_personal_server()
        self.make_server(from_filter=False)

    def broken_one(self):
        self.make_server(from_filter="lab.test", smtp_port=self.closed_port)
        self.make_server("own", from_filter="elsewhere.test")

    def alias_domain(self):
        self.company.alias_domain_id = self.domain
        self.make_server(from_filter="company.test")

    SETTINGS = (nothing, any_server, servers_with_filters, fitting_and_archived, personal, broken_one, alias_domain)

    def mails(self):
        """What users, a template, and Odoo itself send."""
        root = self.env.ref("base.user_root")
        mails = [
            self.make_mail(),
            self.make_mail(),
            self.make_mail(email_from="boss@lab.test"),
            self.make_mail(self.ben, email_from='"Ben" <ben@company.test>', email_cc="copy@example.com"),
            self.make_mail(root, email_from="guest@elsewhere.test", record_alias_domain_id=self.domain.id),
            self.make_mail(
                root, email_from='"Odoo" <notifications@company.test>', email_to="a@example.com, b@example.com"
            ),
            self.make_mail(root, email_from="odd address"),
            self.make_mail(email_to=False, recipient_ids=[Command.set(self.customer.ids)]),
        ]
        servers = self.env["ir.mail_server"].search([])
        mails += [self.make_mail(mail_server_id=server.id) for server in servers]
        return self.env["mail.mail"].union(*mails)

    def observe(self, set_up):
        """Return all that can be seen of sending: what was found, what arrived, and what the mails say of it."""
        set_up(self)
        senders = (ADDRESS, "boss@lab.test", "ben@company.test", "guest@elsewhere.test", False)
        servers = self.env["ir.mail_server"]
        found = []
        for sender in senders:
            server, address = servers._find_mail_server(sender)
            found.append((server and server.name, address))
        mails = self.mails()
        self.run_queue(mails)
        direct = []
        for sender in senders[:3]:
            message = servers._build_email__(sender, ["direct@example.com"], "Direct", "Text")
            try:
                direct.append(bool(servers.with_user(self.ben).send_email(message)))
            except Exception as error:  # noqa: BLE001 (compared with what Odoo itself raises)
                direct.append(type(error).__name__)
        arrived = {
            level: sorted(
                (mail.mail_from, tuple(mail.rcpt_tos), _CHANCE.sub(b"", mail.content)) for mail in receiver.received
            )
            for level, receiver in self.receivers.items()
        }
        sessions = {level: receiver.sessions for level, receiver in self.receivers.items()}
        states = [(mail.state, mail.failure_type, mail.mail_server_id.name, mail.comm_route) for mail in mails]
        return found, arrived, sessions, direct, states

    def compare(self, set_up, theirs):
        with self.undone():
            ours = self.observe(set_up)
        for name, one, other in zip(("found", "arrived", "sessions", "direct", "states"), ours, theirs, strict=True):
            self.assertEqual(one, other, name)

    def test_everything_is_as_odoo_alone_does_it(self):
        for set_up in self.SETTINGS:
            with self.subTest(set_up.__name__):
                with bare_odoo(self.env), self.undone():
                    theirs = self.observe(set_up)
                self.assertTrue(any(theirs[1].values()))
                self.assertFalse(self.env["comm.smtp.resolver"]._is_used())
                self.compare(set_up, theirs)

    def test_the_mailboxes_of_others_change_nothing_for_the_rest(self):
        """Only the log of each mail is there in addition."""
        for set_up in self.SETTINGS:
            with self.subTest(set_up.__name__):
                with bare_odoo(self.env), self.undone():
                    *theirs, states = self.observe(set_up)

                def with_others(case, set_up=set_up):
                    set_up(case)
                    case.make_mailbox(self.ben, **case.on_receiver("default", email="ben@private.test"))
                    case.make_shared({case.manager: "write"}, **case.on_receiver("default", email="team@lab.test"))

                with self.undone():
                    *ours, our_states = self.observe(with_others)
                    self.assertTrue(self.env["comm.smtp.resolver"]._is_used())
                for name, one, other in zip(("found", "arrived", "sessions", "direct"), ours, theirs, strict=True):
                    self.assertEqual(one, other, name)
                self.assertEqual([state[:3] for state in our_states], [state[:3] for state in states])
                self.assertTrue(all(state[3] for state in our_states))
