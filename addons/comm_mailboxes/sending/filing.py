"""What of Odoo's own mail is to be filed."""


class Filing:
    """What of a mail of Odoo's has left, until it is filed. A mail to several recipients leaves once for each of them."""

    def __init__(self, mailbox):
        self.mailbox = mailbox
        self._first = None
        self._to = []

    def add(self, message):
        """Remember an ``EmailMessage`` that a server took."""
        self._first = self._first or message
        self._to.append(message["To"])

    def take(self):
        """Return the bytes of the one copy that is filed, with all recipients in its To; b"" when nothing left."""
        message, to = self._first, [str(each) for each in self._to if each]
        self._first, self._to = None, []
        if message is None:
            return b""
        if len(to) > 1:
            del message["To"]
            message["To"] = ", ".join(to)
        return message.as_bytes()
