"""Encryption at rest for passwords and tokens.

The keys are Fernet keys (AES-128-CBC with HMAC-SHA256). They come from ``comm_mailboxes_key`` in odoo.conf: one or
more, separated by commas; the first one encrypts, all of them decrypt, so that a key is rotated by putting the new one
in front (a daily job brings what is stored under it, see ``comm.mailbox.secret``). Without that option a key is made
once and kept in the data directory with mode 0600: a database dump alone is worthless.
"""

import logging
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.tools import config

_logger = logging.getLogger(__name__)

KEY_OPTION = "comm_mailboxes_key"
KEY_FILE = "comm_mailboxes.key"


class KeyLost(Exception):
    """The secret was encrypted with a key that is not listed any more."""


class KeyUnusable(Exception):
    """What odoo.conf lists is no key."""


def encrypt(secret: str) -> str:
    """Return the ciphertext of ``secret`` as ASCII text."""
    return _fernet().encrypt(secret.encode()).decode()


def decrypt__(ciphertext: str) -> str:
    """Return the secret behind ``ciphertext``. (The name ends in __ so that safe_eval refuses it.)

    :raise KeyLost: when none of the keys opens it
    """
    try:
        return _fernet().decrypt(ciphertext.encode()).decode()
    except InvalidToken as error:
        raise KeyLost from error


def renew(ciphertext: str) -> str:
    """Return what is behind ``ciphertext`` encrypted by the first key; ``ciphertext`` itself when it is already.

    :raise KeyLost: when none of the keys opens it
    """
    try:
        _keys()[0].decrypt(ciphertext.encode())
    except InvalidToken:
        return encrypt(decrypt__(ciphertext))
    return ciphertext


def _fernet() -> MultiFernet:
    return MultiFernet(_keys())


def _keys() -> list[Fernet]:
    listed = [key.strip() for key in (config.get(KEY_OPTION) or "").split(",") if key.strip()]
    try:
        return [Fernet(key) for key in listed or [_key_of_data_dir()]]
    except ValueError:
        # Without its cause: nothing of a key belongs into a traceback.
        raise KeyUnusable from None


def _key_of_data_dir() -> str:
    path = Path(config["data_dir"]) / KEY_FILE
    if not path.exists():
        # Written under another name first: a second worker must never read half a key, and link() lets one of two win.
        draft = path.with_name(f"{KEY_FILE}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
            _logger.info("Made the key that encrypts mailbox passwords: %s. Include it in your backups.", path)
        except FileExistsError:
            _logger.debug("Another worker made %s first", path)
        finally:
            draft.unlink()
    return path.read_text().strip()
