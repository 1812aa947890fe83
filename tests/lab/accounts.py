# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The accounts of the lab's server: one password file each."""

import base64
import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

DOMAIN = "lab.test"
# Name of a folder to its SPECIAL-USE attribute (RFC 6154), by the language of the account.
SPECIAL_FOLDERS = {
    "en": {"Sent": r"\Sent", "Drafts": r"\Drafts", "Trash": r"\Trash", "Junk": r"\Junk", "Archive": r"\Archive"},
    "de": {
        "Gesendet": r"\Sent",
        "Entwürfe": r"\Drafts",
        "Papierkorb": r"\Trash",
        "Spam": r"\Junk",
        "Archiv": r"\Archive",
    },
}
# What the folders of public stores are called before their name.
PUBLIC = "public-"
PREFIXES = {"public": "Public/", "shared": "shared/%%u/"}
_ADDRESS = re.compile(r"[a-z0-9._+-]+@[a-z0-9.-]+")


@dataclass(frozen=True)
class Account:
    address: str
    password: str
    # Of the names of the special folders; None: it has only an inbox.
    language: str | None = "en"
    # How the server shows the folders: "INBOX.Sent" has the delimiter "." and the prefix "INBOX.".
    delimiter: str = "/"
    prefix: str = ""
    # Dovecot's mail_location of this account; empty: the lab's own, an mdbox.
    location: str = ""
    # Megabytes and hundreds of messages that it may hold; 0: no limit, and a server that says nothing about limits.
    quota: int = 0
    # Whether the rights on its folders can be changed (RFC 4314), also its own ones; what others of these accounts give it
    # rights on lies below "shared/ADDRESS/", the namespace of other users (RFC 2342).
    acl: bool = False
    # Name of a store of mail that all who name it have below "Public/", a public namespace (RFC 2342); empty: none.
    public: str = ""

    @property
    def special_folders(self) -> dict[str, str]:
        r"""The attribute (\Sent, \Drafts, …) to the folder's full name."""
        return {use: self.prefix + name for name, use in SPECIAL_FOLDERS.get(self.language, {}).items()}


class AccountBook:
    def __init__(self, folder: Path):
        self._folder = folder

    def get(self, address: str) -> Account | None:
        file = self._file(address)
        try:
            line = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        name, secret, *_unused, extra = line.rstrip("\n").split(":", 7)
        fields = dict(field.split("=", 1) for field in extra.split())
        return Account(
            name,
            base64.b64decode(secret.removeprefix("{PLAIN.B64}")).decode(),
            language=fields.get("userdb_plugin/lab_language"),
            delimiter=fields["userdb_namespace/inbox/separator"],
            prefix=fields.get("userdb_namespace/inbox/prefix", ""),
            location=fields.get("userdb_mail", ""),
            quota=int(fields.get("userdb_plugin/lab_quota", 0)),
            acl="userdb_acl" in fields,
            public=fields.get("userdb_namespace/public/location", "").rpartition(PUBLIC)[2],
        )

    def save(self, account: Account) -> None:
        # Base64, because a password may hold a colon.
        secret = base64.b64encode(account.password.encode()).decode()
        extra = f"userdb_namespace/inbox/separator={account.delimiter}"
        if account.language:
            extra += f" userdb_plugin/lab_language={account.language}"
        if account.prefix:
            extra += f" userdb_namespace/inbox/prefix={account.prefix}"
        if account.location:
            extra += f" userdb_mail={account.location}"
        if account.quota:
            extra += (
                f" userdb_plugin/lab_quota={account.quota} userdb_mail_plugins=listescape,quota,imap_quota"
                f" userdb_quota=count:User userdb_quota_vsizes=yes"
                f" userdb_quota_rule=*:storage={account.quota}M:messages={account.quota * 100}"
            )
        namespaces = {}
        if account.acl:
            extra += (
                " userdb_mail_plugins=listescape,acl,imap_acl userdb_acl=vfile"
                f" userdb_acl_shared_dict=file:{self._folder.parent}/state/shared-folders"
            )
            namespaces["shared"] = {
                "type": "shared",
                "location": f"mdbox:{self._folder.parent}/mail/%%u",
                "list": "children",
            }
        if account.public:
            store = f"mdbox:{self._folder.parent}/mail/{PUBLIC}{account.public}"
            namespaces["public"] = {"type": "public", "location": store, "list": "yes"}
        if namespaces:
            extra += f" userdb_namespace=inbox,{','.join(namespaces)}"
        for name, settings in namespaces.items():
            prefix = PREFIXES[name].replace("/", account.delimiter)
            settings |= {"separator": account.delimiter, "prefix": prefix, "subscriptions": "no"}
            extra += "".join(f" userdb_namespace/{name}/{key}={value}" for key, value in settings.items())
        file = self._file(account.address)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(f"{account.address}:{{PLAIN.B64}}{secret}::::::{extra}\n", encoding="utf-8")
        if file.exists():
            # The server looks once a second whether the file's time, in whole seconds, is another.
            later = max(time.time(), file.stat().st_mtime + 1)
            os.utime(draft, (later, later))
            draft.replace(file)
            time.sleep(1.1)
        else:
            draft.replace(file)

    def all(self) -> list[Account]:
        return [self.get(file.name) for file in sorted(self._folder.iterdir()) if not file.name.startswith(".")]

    def _file(self, address: str) -> Path:
        return self._folder / address.lower()


def full_address(name: str | None) -> str:
    """`anna` is short for anna@lab.test; nothing is short for an address never used before."""
    address = name or f"user-{secrets.token_hex(6)}"
    if "@" not in address:
        address = f"{address}@{DOMAIN}"
    address = address.lower()
    if not _ADDRESS.fullmatch(address):
        raise LabError(f"{address!r} is not an address that the lab can use.")
    return address
