"""The mail protocols in plain Python, without Odoo: connect, log in, list, fetch.

Public surface: ``errors`` (every exception), ``connector.Endpoint``, ``host_guard.HostGuard``, ``sasl.Credentials``,
``imap.ImapSession`` with ``FolderState``, ``FetchedMessage``, ``Transfer`` and ``UidSet``, ``pop3.Pop3Session`` with
``Pop3Message``, ``smtp.SmtpSession`` with ``Verdict``, ``folders.FolderInfo``, ``tls.Certificate``.
Signing in by OAuth 2.0 is a package of its own, ``oauth``.
"""

from . import errors
from .connector import Endpoint
from .errors import ProtocolError
from .folders import FolderInfo
from .host_guard import HostGuard
from .imap import ImapSession
from .imap_messages import FetchedMessage
from .imap_select import FolderState
from .imap_store import Transfer
from .imap_uidset import UidSet
from .pop3 import Pop3Message, Pop3Session
from .sasl import Credentials
from .smtp import SmtpSession, Verdict
from .tls import Certificate

__all__ = [
    "Certificate",
    "Credentials",
    "Endpoint",
    "FetchedMessage",
    "FolderInfo",
    "FolderState",
    "HostGuard",
    "ImapSession",
    "Pop3Message",
    "Pop3Session",
    "ProtocolError",
    "SmtpSession",
    "Transfer",
    "UidSet",
    "Verdict",
    "errors",
]
