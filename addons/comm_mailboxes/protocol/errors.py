"""What can go wrong between us and a mail server, as classes with a sentence for the person at the screen.

``template % params`` is the English sentence; the models translate it with ``env._(error.template, **error.params)``.
"""

import unicodedata

_MAX_PARAM = 300


def _(text):
    """Mark a template for Odoo's export of terms; the models translate it."""
    return text


def clean(value, limit=_MAX_PARAM):
    """Make whatever a server sent fit for a message: text, one line, no control or direction characters."""
    if isinstance(value, bytes | bytearray):
        value = bytes(value[: 4 * limit]).decode("utf-8", "replace")
    elif isinstance(value, list | tuple | set | frozenset):
        value = ", ".join(str(item) for item in value)
    value = str(value)[: 4 * limit]
    value = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in value)
    value = " ".join(value.split())
    return value if len(value) <= limit else value[: limit - 1] + "…"


class ProtocolError(Exception):
    """Base of all errors of this package.

    ``step`` says where it happened (resolve, connect, tls, login, command, fetch), ``temporary`` whether trying again
    later, with nothing changed, may help. ``suspects`` are the messages at one of which a connection broke (UIDs, in POP3
    whatever they are known by); with ``narrows``, another try tells more about which it is. ``done`` is the result of the
    commands that had succeeded when a later one failed. ``lasting`` is the error to tell instead, where it is the same again
    and again.
    """

    template = ""
    fields: tuple[str, ...] = ()
    step = "command"
    temporary = False
    suspects: frozenset = frozenset()
    narrows = False
    done: object = None
    lasting: "ProtocolError | None" = None

    def __init__(self, *values, step=None, temporary=None):
        super().__init__(*values)
        self.params = {name: clean(value) for name, value in zip(self.fields, values, strict=True)}
        self.concealed_for = set()  # whose secrets were taken out: for whoever explains it often
        if step is not None:
            self.step = step
        if temporary is not None:
            self.temporary = temporary

    def __str__(self):
        return self.template % self.params

    def conceal(self, conceal):
        """Take secrets out of what the server said.

        :param conceal: returns its argument, text or bytes, without them
        """
        self.args = tuple(conceal(value) if isinstance(value, str | bytes) else value for value in self.args)
        self.params = {name: clean(value) for name, value in zip(self.fields, self.args, strict=True)}


# Finding and reaching the server


class HostNotFound(ProtocolError):
    # One sentence for names that do not exist and names that are refused: else any user could list the internal ones.
    template = _(
        "The server name %(host)s was not found, or it lies in an internal network that is not released for mailboxes."
        " Check its spelling; an administrator can release it with comm_mailboxes_allowed_hosts in odoo.conf."
    )
    fields = ("host",)
    step = "resolve"


class HostLookupFailed(HostNotFound):
    template = _("The server name %(host)s could not be looked up just now. Try again later.")
    temporary = True


class HostRefused(HostNotFound):
    """The name or address exists, but the host guard does not let us connect."""


class PortClosed(ProtocolError):
    template = _(
        "The server %(host)s accepts no connections on port %(port)s. Check the port and the security setting."
    )
    fields = ("host", "port")
    step = "connect"
    temporary = True


class HostUnreachable(ProtocolError):
    template = _(
        "The server %(host)s cannot be reached on port %(port)s (%(reason)s). Check the server name and the network."
    )
    fields = ("host", "port", "reason")
    step = "connect"
    temporary = True


class ConnectTimedOut(ProtocolError):
    template = _(
        "The server %(host)s did not accept a connection on port %(port)s within %(seconds)s seconds."
        " Check server name and port; a firewall may be in the way."
    )
    fields = ("host", "port", "seconds")
    step = "connect"
    temporary = True


# TLS


class TlsNotOffered(ProtocolError):
    template = _(
        "The server %(host)s offers no STARTTLS on port %(port)s."
        " Choose TLS as security, or ask your provider for the right port."
    )
    fields = ("host", "port")
    step = "tls"


class TlsNotSpoken(ProtocolError):
    template = _(
        "The server %(host)s does not speak TLS on port %(port)s."
        " Choose STARTTLS as security, or the port meant for TLS."
    )
    fields = ("host", "port")
    step = "tls"


class TlsFailed(ProtocolError):
    template = _(
        "No secure connection to %(host)s on port %(port)s could be agreed (%(reason)s)."
        " Check the security setting; if it is right, the server's administrator has to act."
    )
    fields = ("host", "port", "reason")
    step = "tls"


class CaFileUnreadable(ProtocolError):
    template = _(
        "The file %(path)s with additional certificate authorities cannot be read."
        " Ask your administrator to correct it in odoo.conf."
    )
    fields = ("path",)
    step = "tls"


class CertificateRejected(ProtocolError):
    """Base of the errors about the server's certificate; ``certificate`` holds it when it could be read."""

    step = "tls"
    certificate = None
    verify_code = 0


class CertificateNotTrusted(CertificateRejected):
    template = _(
        "The certificate of %(host)s was issued by %(issuer)s, whom this system does not trust."
        " Ask your administrator to add that authority, or switch the check off if you know this server."
    )
    fields = ("host", "issuer")


class CertificateSelfSigned(CertificateNotTrusted):
    template = _(
        "The server %(host)s shows a certificate that it signed itself (%(issuer)s)."
        " Ask your administrator to trust it, or switch the check off if you know this server."
    )


class CertificateExpired(CertificateRejected):
    template = _("The certificate of %(host)s expired on %(date)s. Tell whoever runs the server to renew it.")
    fields = ("host", "date")


class CertificateNotYetValid(CertificateRejected):
    template = _("The certificate of %(host)s is not valid before %(date)s. Check the clocks of both servers.")
    fields = ("host", "date")


class CertificateNameMismatch(CertificateRejected):
    template = _(
        "The certificate of %(host)s is made out to %(names)s, not to %(expected)s."
        ' Correct the server name, or enter the name it carries as "Different common name".'
    )
    fields = ("host", "expected", "names")


# Logging in


class AuthenticationFailed(ProtocolError):
    template = _("The server %(host)s refused the login of %(login)s (%(reply)s). Check login and password.")
    fields = ("login", "host", "reply")
    step = "login"


class AuthenticationNotOffered(ProtocolError):
    template = _(
        "The server does not offer the authentication %(method)s, but %(offered)s."
        " Choose another one, or automatic authentication."
    )
    fields = ("method", "offered")
    step = "login"


class PasswordNotOffered(AuthenticationNotOffered):
    template = _(
        "The server offers no authentication with a password (but: %(offered)s)."
        " Choose OAuth 2.0 if your provider demands it, or an encrypted connection."
    )
    fields = ("offered",)


class PasswordInClear(ProtocolError):
    template = _(
        "The connection to %(host)s is not encrypted, so the password was not sent."
        " Choose TLS or STARTTLS, or allow the password in clear."
    )
    fields = ("host",)
    step = "login"


# Talking


class ServerSilent(ProtocolError):
    template = _("The server %(host)s gave no answer for %(seconds)s seconds. Try again later.")
    fields = ("host", "seconds")
    temporary = True


class GreetingMissing(ServerSilent):
    template = _(
        "The server %(host)s accepted the connection but said nothing for %(seconds)s seconds."
        " Check the port and the security setting: a TLS port stays silent without TLS."
    )
    step = "connect"


class ConnectionLost(ProtocolError):
    template = _("The server %(host)s closed the connection in the middle of the work. Try again later.")
    fields = ("host",)
    temporary = True


class ConnectionEnded(ConnectionLost):
    """The server took its leave with a reason (IMAP: BYE)."""

    template = _("The server %(host)s ended the connection (%(reply)s). Try again later.")
    fields = ("host", "reply")


class ServerRefused(ProtocolError):
    template = _(
        "The server refused the command %(command)s (%(reply)s)."
        " Try again later; if it stays so, show this answer to your provider."
    )
    fields = ("command", "reply")
    reply = b""  # as it came
    code = ""  # the response code in it (RFC 5530)


class ServerNonsense(ProtocolError):
    template = _(
        "The server %(host)s answers in a way that a mail server should not (%(reply)s). Check server name and port."
    )
    fields = ("host", "reply")


class AnswerTooLong(ServerNonsense):
    template = _(
        "What the server %(host)s answers to one command would take more than %(reply)s MB of memory, which no mail server should"
        " need. The connection was closed. Ask your provider."
    )


class FolderNotFound(ProtocolError):
    template = _("The folder %(path)s does not exist on the server. Refresh the folder structure.")
    fields = ("path",)


class InboxMissing(ProtocolError):
    """Every account has an inbox (RFC 9051, 5.1)."""

    template = _(
        "The server %(host)s shows no inbox, and does not open it either (%(reply)s). Ask your provider whether this login"
        " has one."
    )
    fields = ("host", "reply")


class FolderRefused(ProtocolError):
    """The server does not change this folder, or puts nothing into it; the subclasses know more of the reason."""

    template = _(
        "The server does not do this with the folder %(path)s (%(reply)s)."
        " Choose another name, or leave this folder as it is."
    )
    fields = ("path", "reply")


class FolderExists(FolderRefused):
    template = _("The server has a folder %(path)s already (%(reply)s). Choose another name.")


class FolderHasSubfolders(FolderRefused):
    template = _("The folder %(path)s has subfolders (%(reply)s). Delete those first.")


class NotPermitted(FolderRefused):
    template = _("The server does not let you change the folder %(path)s (%(reply)s). Ask its owner for the right.")


class NotReadable(FolderRefused):
    template = _("You have no right to read the folder %(path)s (%(reply)s). Ask who shares it with you.")


class QuotaExceeded(FolderRefused):
    template = _(
        "The mailbox is full: the server takes nothing more into the folder %(path)s (%(reply)s)."
        " Delete messages, or ask your provider for more space."
    )


class MessageTooBig(FolderRefused):
    template = _("The message is too large for the server's folder %(path)s (%(reply)s). Make its attachments smaller.")


# Sending


class SenderRefused(ProtocolError):
    template = _(
        "The server does not take mail from %(sender)s (%(reply)s)."
        " Check the address, and whether this login may send with it."
    )
    fields = ("sender", "reply")


class RecipientRefused(ProtocolError):
    template = _("The server does not take mail for %(recipient)s (%(reply)s). Check the address.")
    fields = ("recipient", "reply")


class MessageTooLarge(ProtocolError):
    template = _(
        "The message has %(size)s kB, and %(host)s takes %(limit)s kB at most. Send fewer or smaller attachments."
    )
    fields = ("host", "size", "limit")


class MessageRefused(ProtocolError):
    template = _(
        "The server %(host)s did not take the message (%(reply)s). Correct it as the answer says, or try again."
    )
    fields = ("host", "reply")


class DeliveryUnknown(ConnectionLost):
    """The line broke after the last byte of a message: sending it again could deliver it twice."""

    template = _(
        "The connection to %(host)s broke just after the message was handed over, so it may have been sent."
        " Ask a recipient, or look at the sent folder, before sending it again."
    )
    temporary = False


# What is not said to a server


class UnsafeArgument(ProtocolError):
    template = _("The value of %(what)s cannot be sent to a mail server. Remove line breaks and special characters.")
    fields = ("what",)


def refuse_unsafe(what, *values):
    """Raise UnsafeArgument when a value could end a protocol line early and so put a second command on the wire."""
    for value in values:
        bad = b"\r\n\0" if isinstance(value, bytes | bytearray) else "\r\n\0"
        if any(char in value for char in (bad[i : i + 1] for i in range(3))):
            raise UnsafeArgument(what)
        if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            # A lone surrogate cannot be encoded as UTF-8.
            raise UnsafeArgument(what)
