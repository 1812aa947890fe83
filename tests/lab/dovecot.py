# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One private Dovecot 2.3 that runs as the current account."""

import contextlib
import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from string import Template

from .accounts import SPECIAL_FOLDERS
from .certificates import Certificate
from .errors import LabError, PortClash
from .ports import is_free, wait_for_greeting

# Each certificate has a loopback address of its own, because Dovecot chooses the certificate
# by address and not by port.
GOOD_ADDRESS = "127.0.0.1"
CERTIFICATE_ADDRESSES = {
    "self_signed": "127.0.0.2",
    "other_name": "127.0.0.3",
    "expired": "127.0.0.4",
    "common_name": "127.0.0.5",
}
_GREETINGS = {"imap": b"* OK", "pop3": b"+OK", "lmtp": b"220", "submission": b"220"}
# Mailboxes that other accounts may open by OAuth 2.0, where the identity server says so.
SHARED_ADDRESSES = ("info@lab.test", "support@lab.test", "shared-1@lab.test", "shared-2@lab.test")
SERVICES = ("imap", "imaps", "pop3", "pop3s", "submission", "submissions", "lmtp")

# Dovecot ends with us however we end: the guard reads from a pipe that only we hold open.
_KEEPER = """
exec 3<&0
"$1" -F -c "$2" </dev/null 3<&- & server=$!
( read -r _ <&3; kill -TERM $server ) 2>/dev/null & guard=$!
exec 3<&-
wait $server; status=$?
kill $guard 2>/dev/null
exit $status
"""
# A socket's path must fit into 108 bytes, and Dovecot appends up to 30 to base_dir.
_LONGEST_BASE_DIR = 70
_DEBIAN_PACKAGES = "dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-submissiond"
_TEMPLATE = Path(__file__).with_name("dovecot.conf.tmpl")


class Dovecot:
    def __init__(self, directory: Path):
        self.log_file = directory / "dovecot.log"
        self._directory = directory
        self._config_file = directory / "dovecot.conf"
        self._base_link = directory / "base"
        self._ports: list[int] = []
        self._keeper: subprocess.Popen | None = None

    @property
    def is_running(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    @property
    def pid(self) -> int:
        """The process below which all of the server's processes are."""
        return self._keeper.pid

    def start(self, ports: dict[str, int], certificates: dict[str, Certificate]) -> None:
        """Start and return when every port answers."""
        binary = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
        if not binary:
            raise LabError(f"Dovecot is not installed: apt-get install {_DEBIAN_PACKAGES}")
        self._stop_leftover()
        base_dir = self._make_base_dir()
        self._config_file.write_text(self._config(base_dir, ports, certificates), encoding="utf-8")
        self.log_file.touch()
        log_start = self.log_file.stat().st_size
        with self.log_file.open("ab") as log:
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, "dovecot-keeper", binary, str(self._config_file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                # Ctrl-C in a terminal is for our parent, which then stops us in order.
                start_new_session=True,
            )
        self._ports = [ports[service] for service in SERVICES]
        for service, greeting in _GREETINGS.items():
            if not wait_for_greeting(ports[service], greeting, seconds=30, still_alive=lambda: self.is_running):
                self._fail(log_start)
        # A stranger may have answered in our place while our server gave up.
        if not self._wait_for(base_dir / "master.pid"):
            self._fail(log_start)

    def stop(self) -> None:
        if self._keeper is None:
            return
        self._keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(10)
        self._end_stragglers()
        self._keeper.wait()
        self._keeper = None
        self._remove_base_dir()

    def _end_stragglers(self) -> None:
        """Processes of the server may outlive its master for a moment and hold the ports."""
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            if self._keeper.poll() is not None and all(is_free(port) for port in self._ports):
                return
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._keeper.pid, signal.SIGKILL)

    def _wait_for(self, file: Path) -> bool:
        deadline = time.monotonic() + 10
        while not file.exists() and self.is_running and time.monotonic() < deadline:
            time.sleep(0.01)
        return file.exists() and self.is_running

    def _fail(self, log_start: int) -> None:
        self.stop()
        with self.log_file.open("rb") as log:
            log.seek(log_start)
            said = log.read().decode(errors="replace").strip()
        if "Address already in use" in said:
            raise PortClash(said)
        raise LabError(f"Dovecot did not start; {self.log_file} says: {said[-2000:] or 'nothing'}")

    def _make_base_dir(self) -> Path:
        """The folder of the sockets; a link to a short one where the path is too long."""
        self._remove_base_dir()
        if len(str(self._base_link)) <= _LONGEST_BASE_DIR:
            self._base_link.mkdir()
            return self._base_link
        base_dir = Path(tempfile.mkdtemp(prefix="lab-", dir="/tmp"))
        self._base_link.symlink_to(base_dir)
        return base_dir

    def _remove_base_dir(self) -> None:
        if self._base_link.is_symlink():
            shutil.rmtree(self._base_link.resolve(), ignore_errors=True)
            self._base_link.unlink()
        else:
            shutil.rmtree(self._base_link, ignore_errors=True)

    def _stop_leftover(self) -> None:
        """Stop the server of a lab that was killed, if its guard was not quick enough."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self._base_link / "master.pid").read_text())
            for number in (signal.SIGTERM, signal.SIGKILL):
                deadline = time.monotonic() + 5
                while time.monotonic() < deadline and self._is_ours(pid):
                    os.kill(pid, number)
                    time.sleep(0.05)

    def _is_ours(self, pid: int) -> bool:
        """The number may belong to another process by now."""
        try:
            return os.fsencode(self._config_file) in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def _config(self, base_dir: Path, ports: dict[str, int], certificates: dict[str, Certificate]) -> str:
        uid, gid = os.getuid(), os.getgid()
        try:
            user, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
        except KeyError:
            raise LabError(f"Dovecot needs a named account, but user {uid} or group {gid} has no name here.") from None
        return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
            ports,
            base_dir=base_dir,
            state_dir=self._directory / "state",
            instance_name=f"lab-{os.getpid()}",
            log_file=self.log_file,
            addresses=", ".join([GOOD_ADDRESS, *CERTIFICATE_ADDRESSES.values()]),
            user=user,
            group=group,
            uid=uid,
            gid=gid,
            accounts_dir=self._directory / "accounts",
            mail_dir=self._directory / "mail",
            special_folders=_special_folders(),
            token_passdbs=self._token_passdbs(ports["introspection"]),
            good_certificate=certificates["good"].certificate_file,
            good_key=certificates["good"].key_file,
            certificate_blocks="\n".join(
                f"local {address} {{\n"
                f"  ssl_cert = <{certificates[kind].certificate_file}\n"
                f"  ssl_key = <{certificates[kind].key_file}\n"
                "}"
                for kind, address in CERTIFICATE_ADDRESSES.items()
            ),
        )

    def _token_passdbs(self, port: int) -> str:
        """One for each shared mailbox, which others may open with their token, and one for everybody's own.

        Dovecot does not tell the identity server which mailbox is asked for, so each of the shared ones has an
        address of its own to ask at.
        """
        blocks = []
        for number, address in enumerate([*SHARED_ADDRESSES, ""]):
            file = self._directory / f"dovecot-oauth2-{number}.conf"
            mailbox = f"mailbox={address}&" if address else ""
            file.write_text(
                f"introspection_mode = get\n"
                f"introspection_url = http://127.0.0.1:{port}/introspect?{mailbox}token=\n"
                "send_auth_headers = yes\n"
                "username_attribute = username\n"
                "active_attribute = active\n"
                "active_value = true\n",
                encoding="utf-8",
            )
            names = f"  username_filter = {address}\n" if address else ""
            blocks.append(
                f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n{names}  args = {file}\n}}"
            )
        return "\n".join(blocks)


def _special_folders() -> str:
    names = [pair for folders in SPECIAL_FOLDERS.values() for pair in folders.items()]
    return "\n".join(f'  mailbox "{name}" {{\n    special_use = {use}\n  }}' for name, use in names)
