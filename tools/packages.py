"""Debian packages: installs what is missing, and leaves the machine's services as they were.

Runs with the rights of root in a process of its own (through sudo where needed). Nothing that we install may start or
be enabled: PostgreSQL and Dovecot are used privately below the project only.
"""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import paths, privileges
from .console import Failure, Progress, say

BASE = ("python3-venv", "postgresql")
MAIL = ("dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd", "dovecot-submissiond")
BROWSER = ("chromium", "fonts-dejavu-core", "fonts-roboto-unhinted", "fonts-noto-color-emoji")

NEEDED = {
    "run": BASE + MAIL,
    "test": BASE + MAIL + BROWSER,
    "bench": BASE + MAIL + ("isync",),
    "lint": BASE,
    "shell": BASE,
    "i18n": BASE,
    "setup": BASE + MAIL + BROWSER,
}
UNITS = ("postgresql.service", "dovecot.service", "dovecot.socket")
POLICY = Path("/usr/sbin/policy-rc.d")
CREATECLUSTER = Path("/etc/postgresql-common/createcluster.d/comm-no-main-cluster.conf")


def ensure(command):
    """Install the Debian packages that a ./dev command needs, if any is missing."""
    if not shutil.which("dpkg-query"):
        raise Failure("./dev installs Debian packages and this machine has no dpkg; use Debian 12 or newer.")
    wanted = list(NEEDED[command])
    if command == "lint" and not (shutil.which("node") and shutil.which("npm")):
        wanted += ["nodejs", "npm"]
    missing = [name for name in wanted if not _is_installed(name)]
    if not missing:
        return
    if os.geteuid() and not shutil.which("sudo"):
        raise Failure(f"Install these Debian packages as root, then try again: {' '.join(missing)}.")
    say(f"Installing Debian packages: {', '.join(missing)}")
    installer = [*privileges.sudo(), sys.executable, "-B", "-m", "tools.packages", *missing]
    if subprocess.run(installer, check=False, cwd=paths.ROOT).returncode:
        raise Failure("The Debian packages could not be installed; see the message above, then try again.")


def _is_installed(name):
    query = ["dpkg-query", "-W", "-f=${db:Status-Status}", name]
    return subprocess.run(query, check=False, capture_output=True, text=True).stdout == "installed"


def install(names):
    """Install the packages; runs as root."""
    log = Path(tempfile.mkstemp(prefix="comm-apt-", suffix=".log")[1])
    # Two clones may install at once: one waits for the other. The lock is on a folder that is always there.
    dpkg = os.open("/var/lib/dpkg", os.O_RDONLY)
    fcntl.flock(dpkg, fcntl.LOCK_EX)
    with _services_stay_off(), _no_default_cluster():
        _apt(["update"], log)
        if _apt(["install", "-y", "--no-install-recommends", *names], log):
            raise Failure(f"apt-get could not install {' '.join(names)}; the reason is at the end of {log}")
    log.unlink()


def _apt(arguments, log):
    # dpkg waits for the lock of another apt instead of failing; the status pipe tells how far it is.
    read, write = os.pipe()
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=600", "-o", f"APT::Status-Fd={write}", "-q", *arguments]
    title = "Reading the package lists" if arguments[0] == "update" else "Downloading and unpacking"
    with Progress(title) as progress, log.open("ab") as output, os.fdopen(read) as status:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[write],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        )
        os.close(write)
        for line in status:
            part = line.split(":", 3)
            if len(part) > 3 and part[0] in ("dlstatus", "pmstatus"):
                what = "downloaded" if part[0] == "dlstatus" else "installed"
                progress.update(f"{float(part[2]):3.0f} % {what}")
        return process.wait()


@contextlib.contextmanager
def _services_stay_off():
    """No service starts while we install, and none that came with it starts at the next boot."""
    before = {unit for unit in UNITS if _unit_exists(unit)}
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text(
            "#!/bin/sh\n# Put here by ./dev while it installs packages; exit 101 forbids to start services.\nexit 101\n"
        )
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
        new = [unit for unit in UNITS if unit not in before and _unit_exists(unit)]
        if new:
            for tool in (["systemctl", "disable"], ["deb-systemd-helper", "disable"]):
                if shutil.which(tool[0]):
                    subprocess.run([*tool, *new], check=False, capture_output=True)


def _unit_exists(unit):
    return any(Path(folder, unit).exists() for folder in ("/lib/systemd/system", "/etc/systemd/system"))


@contextlib.contextmanager
def _no_default_cluster():
    """Debian makes a cluster "main" for a newly installed PostgreSQL; nobody asked us for one."""
    if any(re.fullmatch(r"\d+", entry.name) for entry in Path("/usr/lib/postgresql").glob("*")):
        yield
        return
    made = [folder for folder in (CREATECLUSTER.parent.parent, CREATECLUSTER.parent) if not folder.exists()]
    CREATECLUSTER.parent.mkdir(parents=True, exist_ok=True)
    CREATECLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        CREATECLUSTER.unlink(missing_ok=True)
        for folder in reversed(made):
            with contextlib.suppress(OSError):  # packages put their own files there meanwhile
                folder.rmdir()


if __name__ == "__main__":
    try:
        install(sys.argv[1:])
    except Failure as failure:
        sys.exit(str(failure))
