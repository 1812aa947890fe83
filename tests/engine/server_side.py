# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Another mail program on the same account: plain imaplib, no code of the product."""

import email
import email.policy
import hashlib
import re
from dataclasses import dataclass

_LINE = re.compile(rb'\((?P<attributes>[^)]*)\) (?:"[^"]*"|NIL) "?(?P<name>[^"]*)"?$')
_UID = re.compile(rb"UID (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


@dataclass(frozen=True)
class Placed:
    """A message as the server has it."""

    folder: str
    uid: int
    message_id: str
    flags: tuple[str, ...]
    # (name, SHA-256) of each, or None when contents were not read
    attachments: tuple | None = None


class Refused(Exception):
    """The server said NO; the argument is what it said more."""


class OtherClient:
    def __init__(self, connection):
        self.imap = connection

    def close(self):
        self.imap.shutdown()

    # Reading

    def folders(self):
        """Names of the folders that can hold mail."""
        found = [_LINE.search(line) for line in self._do("LIST", '""', "*")]
        return [match["name"].decode() for match in found if rb"\Noselect" not in match["attributes"]]

    def read(self, *, contents=False):
        """Return all messages of the account."""
        return [message for folder in self.folders() for message in self.read_folder(folder, contents=contents)]

    def read_folder(self, folder, *, contents=False):
        (count,) = self._must(self.imap.select(_quoted(folder), readonly=True))
        if not int(count):
            return []
        what = "BODY.PEEK[]" if contents else "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
        answers = self._must(self.imap.uid("FETCH", "1:*", f"(FLAGS {what})"))
        pairs = zip(answers, answers[1:] + [b""], strict=True)
        return [_placed(folder, answer, rest, contents) for answer, rest in pairs if isinstance(answer, tuple)]

    def uids(self, folder):
        return [message.uid for message in self.read_folder(folder)]

    def uidvalidity(self, folder):
        (answer,) = self._must(self.imap.status(_quoted(folder), "(UIDVALIDITY)"))
        return int(re.search(rb"UIDVALIDITY (\d+)", answer)[1])

    # Acting

    def append(self, folder, raw, flags=()):
        self._must(self.imap.append(_quoted(folder), f"({' '.join(flags)})", None, raw))

    def store(self, folder, uids, change, *flags):
        """``change``: "+FLAGS" or "-FLAGS"."""
        self._uid(folder, "STORE", uids, change, f"({' '.join(flags)})")

    def copy(self, folder, uids, target):
        self._uid(folder, "COPY", uids, _quoted(target))

    def move(self, folder, uids, target):
        self._uid(folder, "MOVE", uids, _quoted(target))

    def delete(self, folder, uids):
        self._uid(folder, "STORE", uids, "+FLAGS", r"(\Deleted)")
        self._uid(folder, "EXPUNGE", uids)

    def empty(self, folder):
        if uids := self.uids(folder):
            self.delete(folder, uids)

    def create_folder(self, folder):
        self._must(self.imap.create(_quoted(folder)))

    def rename_folder(self, folder, name):
        self._must(self.imap.rename(_quoted(folder), _quoted(name)))

    def rebuild_folder(self, folder):
        """Give a folder another UIDVALIDITY, and its messages other UIDs, as restoring a backup does."""
        before, uids = self.uidvalidity(folder), self.uids(folder)
        old = f"{folder}-old"
        self.rename_folder(folder, old)
        self.create_folder(folder)
        for uid in uids[::-1]:
            self.copy(old, [uid], folder)
        # Dovecot hangs up on whoever has a deleted folder open.
        self._must(self.imap.unselect())
        self._must(self.imap.delete(_quoted(old)))
        assert self.uidvalidity(folder) != before

    def _uid(self, folder, command, uids, *args):
        self._must(self.imap.select(_quoted(folder)))
        return self._must(self.imap.uid(command, ",".join(map(str, uids)), *args))

    def _do(self, *command):
        return self._must(self.imap._simple_command(*command), command[0])

    def _must(self, answer, untagged=None):
        status, data = answer
        if status != "OK":
            raise Refused(data[-1])
        return self.imap._untagged_response(status, data, untagged)[1] if untagged else data


def _quoted(folder):
    return f'"{folder}"'


def _placed(folder, answer, rest, contents):
    line, raw = answer
    # The server may tell the flags before the literal or after it.
    line += rest if isinstance(rest, bytes) else b""
    flags = [flag for flag in _FLAGS.search(line)[1].decode().split() if flag != r"\Recent"]
    message = email.message_from_bytes(raw, policy=email.policy.default)
    attachments = None
    if contents:
        attachments = tuple(
            sorted(
                (part.get_filename(), hashlib.sha256(part.get_payload(decode=True)).hexdigest())
                for part in message.walk()
                if part.get_filename()
            )
        )
    return Placed(folder, int(_UID.search(line)[1]), str(message["Message-ID"]), tuple(sorted(flags)), attachments)
