"""Who does what: Debian packages as root, everything else as an unprivileged account."""

import contextlib
import os
import pwd
import subprocess
import sys

from . import paths

# Lets the account traverse folders above the project that only root may enter (CI clones lie in such); it can still
# write nowhere but in .dev. The last one makes access(2), which Odoo asks about its files, count the capability too.
TRAVERSE = (
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
    "--securebits=+no_setuid_fixup",
)


def account():
    """The account that runs everything when ./dev was started by root: the project's owner, else nobody."""
    with contextlib.suppress(KeyError):  # an owner without an account, as in an archive unpacked by root
        owner = pwd.getpwuid(paths.ROOT.stat().st_uid)
        if owner.pw_uid:
            return owner
    return pwd.getpwnam("nobody")


def sudo():
    """What to put before a command that needs root."""
    return () if os.geteuid() == 0 else ("sudo",)


def become_account(arguments, stage):
    """Replace this process (root) by the same command under the unprivileged account. Does not return."""
    command, environment = _switch(arguments, stage)
    os.execvpe(command[0], command, environment)


def run_as_account(arguments, stage):
    """The same in a process of its own, for what root still has to do something after; returns the exit code."""
    command, environment = _switch(arguments, stage)
    process = subprocess.Popen(command, env=environment)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def sources_are_roots():
    """True when the unprivileged account may not change the project's files."""
    return os.geteuid() == 0 and paths.ROOT.stat().st_uid == 0


def _switch(arguments, stage):
    user = account()
    _give_dev_folder(user)
    switch = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    needed = [paths.ROOT / "tools" / "__main__.py", os.environ.get("ODOO_SOURCE", "/")]
    if subprocess.run([*switch, "ls", *needed], check=False, capture_output=True).returncode:
        switch += TRAVERSE
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "SUDO_"))}
    environment |= {"HOME": str(paths.HOME), "USER": user.pw_name, "LOGNAME": user.pw_name, **stage}
    return [*switch, sys.executable, "-B", "-m", "tools", *arguments], environment


def _give_dev_folder(user):
    """All of .dev belongs to the account, also what somebody made there as another user."""
    for folder in (paths.DEV, paths.HOME):
        folder.mkdir(exist_ok=True)
    foreign = ["find", paths.DEV, "-ignore_readdir_race", "-not", "-uid", str(user.pw_uid), "-print0"]
    # What vanishes meanwhile (a server of the account may be running) needs no owner: neither find's complaint about
    # a folder, nor that of chown, is a failure. Any other of chown's is.
    found = subprocess.run(foreign, check=False, stdout=subprocess.PIPE).stdout
    give(found.split(b"\0")[:-1], user)


def give(files, user):
    """Make the account the owner of these files, as far as they are still there."""
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            os.lchown(file, user.pw_uid, user.pw_gid)
