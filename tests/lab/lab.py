# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lab: a private mail server with accounts, bad certificates and a fault proxy.

    with Lab(directory) as lab:
        anna = lab.account("anna", language="de")
        lab.deliver(anna.address, b"Subject: Hello\r\n\r\nAnna")
        lab.imap(anna).select()

Accounts and mail stay in the directory, and the ports stay the same where they can.
"""

import atexit
import dataclasses
import datetime
import fcntl
import functools
import imaplib
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from . import certificates
from .accounts import Account, AccountBook, full_address
from .dovecot import CERTIFICATE_ADDRESSES, SERVICES, Dovecot
from .errors import LabError, LabInUse, PortClash
from .identity import IdentityServer
from .ports import PortBook
from .postman import Parcel, Postman
from .proxy import FaultProxy
from .smtp_receiver import Received, SmtpReceiver

_STORED = ("accounts", "mail", "state")
_STARTS = 10


class Lab:
    host = "localhost"

    def __init__(self, directory: Path, *, fresh: bool = False):
        """`fresh` forgets the accounts and mail of earlier runs in that directory."""
        self._directory = Path(directory).absolute()
        self._fresh = fresh
        self._lock_file = None
        self.ports: dict[str, int] = {}
        self.certificate_ports: dict[str, int] = {}
        self.certificates: dict[str, certificates.Certificate] = {}
        self.ca_file = self._directory / "certificates" / "ca.pem"
        self._accounts = AccountBook(self._directory / "accounts")
        self._dovecot = Dovecot(self._directory)
        self._receiver = SmtpReceiver(lambda address: self._accounts.get(address) is not None)
        # Signs people in and tells the mail server about tokens (OAuth 2.0).
        self.identity = IdentityServer(self._directory / "state", self._is_password)
        self._postman = Postman(self.imap)
        self._doors: list[FaultProxy] = []

    # Life

    def start(self) -> None:
        if os.geteuid() == 0:
            raise LabError("The lab does not run as root: start it as a normal user (./dev does that by itself).")
        self._directory.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            for name in _STORED:
                if self._fresh:
                    shutil.rmtree(self._directory / name, ignore_errors=True)
                (self._directory / name).mkdir(exist_ok=True)
            self._start_servers()
        except BaseException:
            self.stop()
            raise

    def _start_servers(self) -> None:
        _ca_file, kinds = certificates.provide(self.ca_file.parent)
        self.certificates = kinds
        book = PortBook(self._directory / "ports.json")
        for attempt in range(_STARTS):
            names = [*SERVICES, "smtp_in", "identity", "introspection", *CERTIFICATE_ADDRESSES]
            chosen = book.choose(names, anew=attempt > 0)
            self.certificate_ports = {kind: chosen.pop(kind) for kind in CERTIFICATE_ADDRESSES}
            self.ports = chosen
            try:
                self._receiver.start(chosen["smtp_in"], chosen["lmtp"])
                self.identity.start(chosen["identity"], chosen["introspection"], kinds["good"])
                self._open_doors()
                self._dovecot.start(chosen, kinds)
                return
            except PortClash:
                self._stop_servers()
        raise LabError(f"No free ports found in {_STARTS} tries; which program takes those between 20000 and 32000?")

    def _open_doors(self) -> None:
        """One port on 127.0.0.1 for each bad certificate; see CERTIFICATE_ADDRESSES."""
        for kind, address in CERTIFICATE_ADDRESSES.items():
            door = FaultProxy((address, self.ports["imaps"]), port=self.certificate_ports[kind])
            try:
                door.start()
            except OSError as error:
                raise PortClash(str(error)) from error
            self._doors.append(door)

    def stop(self) -> None:
        self._stop_servers()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def _stop_servers(self) -> None:
        self._postman.close()
        self._dovecot.stop()
        self.identity.stop()
        self._receiver.stop()
        while self._doors:
            self._doors.pop().close()

    def _take_lock(self) -> None:
        self._lock_file = (self._directory / "lock").open("a")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock_file.close()
            self._lock_file = None
            raise LabInUse(f"Another lab runs in {self._directory}; stop it first or use another folder.") from None

    def __enter__(self) -> "Lab":
        self.start()
        return self

    def __exit__(self, *_error) -> None:
        self.stop()

    @property
    def server_pid(self) -> int:
        """The process below which all of the mail server's processes are."""
        return self._dovecot.pid

    # Accounts and mail

    def account(
        self,
        name: str | None = None,
        password: str | None = None,
        *,
        language: str | None = "en",
        delimiter: str = "/",
        prefix: str = "",
        location: str = "",
        maildir: bool = False,
        quota: int = 0,
        acl: bool = False,
        public: str = "",
    ) -> Account:
        """The account of that name, made if it is not there; a given password becomes its password.

        The rest counts for a new account only: see Account. With ``maildir`` each mail is a file of its own.
        """
        address = full_address(name)
        known = self._accounts.get(address)
        if known and password in (None, known.password):
            return known
        if known:
            account = dataclasses.replace(known, password=password)
            self._accounts.save(account)
            return account
        if maildir:
            location = f"maildir:{self._directory}/mail/maildir-{address.lower()}"
        account = Account(
            address, password or secrets.token_urlsafe(9), language, delimiter, prefix, location, quota, acl, public
        )
        self._accounts.save(account)
        for folder in account.special_folders.values():
            self._postman.create(account, folder, subscribed=True)
        return account

    @property
    def accounts(self) -> list[Account]:
        return self._accounts.all()

    def create_folder(self, address: str, folder: str, *, subscribed: bool = True) -> None:
        self._postman.create(self._known(address), folder, subscribed=subscribed)

    def deliver(
        self,
        address: str,
        raw: bytes,
        folder: str = "INBOX",
        flags: Iterable[str] = (),
        internal_date: datetime.datetime | None = None,
    ) -> None:
        """Put one mail into a folder, which is made and subscribed if need be.

        The folder is named as the account's server shows it; a naive date is UTC.
        """
        self._postman.deliver(self._known(address), folder, [_parcel(raw, flags, internal_date)])

    def deliver_many(self, address: str, mails: Iterable[tuple]) -> None:
        """Put many (folder, raw, flags, date) in; flags and date may be left out.

        Fastest when mails of one folder follow each other: they share a command and a transaction.
        """
        account = self._known(address)
        for folder, group in itertools.groupby(mails, key=lambda mail: mail[0]):
            self._postman.deliver(account, folder, (_parcel(*mail[1:]) for mail in group))

    def back_up(self, account: Account) -> None:
        """Keep the mail of an account as it is now, for `restore`. Nobody may be logged in meanwhile."""
        self._postman.close()
        shutil.copytree(self._mail_of(account), self._backup_of(account))

    def restore(self, account: Account, *, backup_of: Account | None = None) -> None:
        """Set an account back to what `back_up` kept: the UIDs and sequences of then are given out again.

        :param backup_of: take the mail of this other account; both have the same UIDVALIDITY and UIDs then
        """
        self._postman.close()
        shutil.rmtree(self._mail_of(account), ignore_errors=backup_of is not None)
        shutil.move(self._backup_of(backup_of or account), self._mail_of(account))

    def _mail_of(self, account: Account) -> Path:
        return self._directory / "mail" / account.address

    def _backup_of(self, account: Account) -> Path:
        return self._directory / "state" / f"backup-{account.address}"

    def _is_password(self, address: str, password: str) -> bool:
        account = self._accounts.get(address)
        return account is not None and secrets.compare_digest(account.password.encode(), password.encode())

    def _known(self, address: str) -> Account:
        account = self._accounts.get(address)
        if account is None:
            raise LabError(f"The lab has no account {address}; make it with lab.account().")
        return account

    @property
    def received(self) -> list[Received]:
        """What came in by SMTP, with its envelope, the newest last."""
        return self._receiver.received

    def imap(self, account: Account) -> imaplib.IMAP4:
        """A logged-in second client that shares no code with the product."""
        client = imaplib.IMAP4("127.0.0.1", self.ports["imap"], timeout=60)
        client.authenticate("PLAIN", lambda _challenge: f"\0{account.address}\0{account.password}".encode())
        return client

    def proxy(self, target: str = "imap") -> FaultProxy:
        """A port in front of one of `ports` that can fail in many ways; a context manager."""
        return FaultProxy(("127.0.0.1", self.ports[target]), protocol=target.removesuffix("s"))


def _parcel(raw: bytes, flags: Iterable[str] | None = None, internal_date: datetime.datetime | None = None) -> Parcel:
    return Parcel(raw, tuple(flags or ()), internal_date)


def shared_lab() -> Lab:
    """One lab for the whole process, started empty at the first call and stopped at exit.

    It lies in the folder that COMM_LAB_DIR names, where its log stays readable afterwards, or, when
    another process has its lab there already, in a folder of its own that vanishes.
    """
    return _lab_of_process(os.getpid())


@functools.cache
def _lab_of_process(_pid: int) -> Lab:
    """The number tells a forked child that the lab it knows is its parent's."""
    lab = _start_in(os.environ.get("COMM_LAB_DIR"))
    _at_exit(lab.stop)
    return lab


def _start_in(folder: str | None) -> Lab:
    if folder:
        lab = Lab(Path(folder), fresh=True)
        try:
            lab.start()
            return lab
        except LabInUse:
            pass
    temporary = Path(tempfile.mkdtemp(prefix="lab-", dir=folder))
    # Registered before the handler that stops the lab, so that it runs after it.
    _at_exit(lambda: shutil.rmtree(temporary, ignore_errors=True))
    lab = Lab(temporary)
    lab.start()
    return lab


def _at_exit(action) -> None:
    """A forked child inherits exit handlers, but the lab is its parent's."""
    pid = os.getpid()
    atexit.register(lambda: action() if os.getpid() == pid else None)
