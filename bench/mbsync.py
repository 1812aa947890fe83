"""The anchor of most benchmarks: mbsync (isync) with a Maildir of its own and its default settings, fsync included."""

import os
import subprocess
import tempfile
from pathlib import Path

CONFIG = """\
IMAPAccount lab
Host 127.0.0.1
Port {port}
User {account.address}
Pass {account.password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account lab

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel bench
Far :far:
Near :near:
Patterns *
Create Near
SyncState *
"""


class Mbsync:
    """One account and its Maildir; a context manager that removes both from the disk at the end."""

    def __init__(self, account, port):
        self._account = account
        self._port = port

    def __enter__(self):
        self._temporary = tempfile.TemporaryDirectory(prefix="mbsync-", dir=os.environ.get("COMM_LAB_DIR"))
        self._folder = Path(self._temporary.name)
        (self._folder / "mail").mkdir()
        return self

    def __exit__(self, *_error):
        self._temporary.cleanup()

    def sync(self, port=None):
        """Run mbsync once over all folders, in both directions as it does by default.

        :param port: that of a proxy, by default the server's own
        """
        config = self._folder / f"config-{port or self._port}"
        if not config.exists():
            config.touch(mode=0o600)
            config.write_text(
                CONFIG.format(port=port or self._port, account=self._account, folder=self._folder), encoding="utf-8"
            )
        done = subprocess.run(["mbsync", "-q", "-c", config, "bench"], check=False, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"mbsync failed: {done.stderr.strip()}")

    def count(self, flag=""):
        """Return how many messages are in the Maildir, those with this flag of Maildir's ("F", "S") if one is given."""
        files = (name for _folder, _subfolders, names in os.walk(self._folder / "mail") for name in names)
        return sum(flag in name.partition(":2,")[2] for name in files if "U=" in name or ":2," in name)
