"""The mail server of ./dev run and the accounts on it, each filled once with realistic mail."""

import contextlib
import sys

from . import paths
from .console import Failure, say

# Local part (and password) to the language of the special folders.
ACCOUNTS = {"anna": "de", "ben": "en", "info": "de"}


@contextlib.contextmanager
def lab(slot):
    """The running mail server of the slot."""
    sys.path.insert(0, str(paths.TESTS))
    from lab import Lab, LabError, mailbag  # noqa: PLC0415 (below tests/, and needs the virtual environment)

    filled = slot.folder / "mail.filled"
    try:
        with Lab(slot.lab, fresh=not filled.exists()) as server:
            if not filled.exists():
                say("Filling the mail accounts ...")
                for name, language in ACCOUNTS.items():
                    account = server.account(f"{name}@lab.test", password=name, language=language)
                    mailbag.fill(server, account)
                filled.touch()
            yield server
    except LabError as error:
        raise Failure(f"The mail server does not start: {error}") from error
