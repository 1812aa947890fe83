"""Accounts with very many large messages, made in seconds and on little disk.

Small mails are delivered as usual, into an account whose server keeps one file per message (Dovecot's sdbox). Then each file
is stretched: a hole in the file, which takes no room on the disk, goes between the text and the server's own notes at its
end. 100,000 messages of a megabyte each then take 800 MB, and who reads only headers sees no difference.
"""

import os
import re
import shutil

from .odoo_database import check

# A file begins with a line on the format and 30 bytes that end with the size; after the message come the server's notes.
_FILE = re.compile(
    rb"(2 M1e [^\n]*\n\x01\x02N {10})([0-9A-F]{16})\n(.*)(\n\x01\x03\n.*\nV)([0-9a-f]+)(\n.*)", re.DOTALL
)


class LargeMailbox:
    """An account of the lab whose mail lies in ``folder``; a context manager that removes the mail at the end."""

    def __init__(self, lab, folder):
        self._lab = lab
        self._folder = folder
        self.account = lab.account(language=None, location=f"sdbox:{folder}")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        shutil.rmtree(self._folder)

    def fill(self, mails, hole):
        """Put the mails into the inbox.

        :param hole: bytes by which each of them grows
        """
        self._lab.deliver_many(self.account.address, (("INBOX", raw) for raw in mails))
        folder = self._folder / "mailboxes" / "INBOX" / "dbox-Mails"
        for entry in os.scandir(folder):
            if entry.name.startswith("u."):
                _stretch(entry.path, hole)
        self._tell_server(folder / "dovecot.index.cache", hole)

    def _tell_server(self, cache, hole):
        """Let the server forget the old sizes and learn the new ones, as it would have at delivery."""
        cache.unlink()
        with self._lab.imap(self.account) as client:
            client.select("INBOX", readonly=True)
            lines = client.fetch("1:*", "(RFC822.SIZE)")[1]
        check(
            all(int(line.split()[-1].rstrip(b")")) > hole for line in lines),
            True,
            "that the server sees large messages",
        )


def _stretch(path, hole):
    with open(path, "r+b", buffering=0) as file:
        head, size, text, notes, size_on_wire, rest = _FILE.fullmatch(file.read()).groups()
        file.seek(0)
        file.write(b"%b%016X\n%b" % (head, int(size, 16) + hole, text))
        file.seek(hole, os.SEEK_CUR)
        file.write(b"%b%x%b" % (notes, int(size_on_wire, 16) + hole, rest))
