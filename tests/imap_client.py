# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""IMAP sessions of the product, for tests."""

from odoo.addons.comm_mailboxes.protocol import Credentials, Endpoint, HostGuard, ImapSession

GUARD = HostGuard(["127.0.0.0/8"])


def connect(lab, account, port=None, *, credentials=None, on_step=None, **values):
    """Log in at the lab (or a proxy's port before it), unencrypted unless told otherwise."""
    options = {"security": "none", "guard": GUARD, "timeout": 5} | values
    credentials = credentials or Credentials(account.address, account.password)
    return ImapSession(Endpoint("127.0.0.1", port or lab.ports["imap"], **options), credentials, on_step)


def connect_tls(lab, account, **values):
    return connect(lab, account, lab.ports["imaps"], security="tls", ca_file=str(lab.ca_file), **values)


def connect_scripted(server, *, timeout=2, **values):
    """Log in at a ScriptedImap, which knows no encryption."""
    credentials = Credentials("anna", "secret", **{"allow_clear": True} | values)
    return ImapSession(Endpoint("127.0.0.1", server.port, "none", guard=GUARD, timeout=timeout), credentials)
