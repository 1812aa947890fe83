"""The mail server of ./dev run and the accounts on it, each filled once with realistic mail; who may open which by OAuth 2.0."""

import contextlib
import sys

from . import paths
from .console import Failure, say

# Local part (and password) to the language of the special folders.
ACCOUNTS = {"anna": "de", "ben": "en", "info": "de", "support": "en"}
# An application that signs in by itself, as an administrator would register it: its ID, its secret (good for this lab alone),
# and the mailboxes that it was given.
APPLICATION = "99999999-8888-7777-6666-555555555555"
APPLICATION_SECRET = "lab-application-secret"
APPLICATION_MAILBOXES = ("info@lab.test",)
# The mailbox of several people, and who of them has full access to it at the mail server.
SHARED, SHARED_WITH = "support@lab.test", "ben@lab.test"


@contextlib.contextmanager
def lab(slot):
    """The running mail server of the slot."""
    sys.path.insert(0, str(paths.TESTS))
    from lab import Lab, LabError, mailbag  # noqa: PLC0415 (below tests/, and needs the virtual environment)

    filled = slot.folder / "mail.filled"
    try:
        with Lab(slot.lab, fresh=not filled.exists()) as server:
            known = {account.address for account in server.accounts}
            missing = {name: language for name, language in ACCOUNTS.items() if f"{name}@lab.test" not in known}
            if missing:
                say("Filling the mail accounts ...")
            for name, language in missing.items():
                account = server.account(f"{name}@lab.test", password=name, language=language)
                mailbag.fill(server, account)
            filled.touch()
            let_in(server.identity.book)
            yield server
    except LabError as error:
        raise Failure(f"The mail server does not start: {error}") from error


def let_in(book):
    """What an administrator of the identity server sets up: it forgets that with each start."""
    book.register(APPLICATION, secret=APPLICATION_SECRET, mailboxes=APPLICATION_MAILBOXES)
    book.share(SHARED, SHARED_WITH)


def applications():
    """Those that the identity server knows, to be entered by hand."""
    from lab.identity import CLIENT_ID  # noqa: PLC0415 (below tests/, and needs the virtual environment)

    return {"public": CLIENT_ID, "confidential": APPLICATION, "secret": APPLICATION_SECRET}
