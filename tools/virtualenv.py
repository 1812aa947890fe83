"""The virtual environment with what Odoo, our addons and our tools need from PyPI."""

import contextlib
import hashlib
import re
import shutil
import sys

from . import paths
from .console import Failure, Progress, follow, run_logged

REQUIREMENTS = tuple(
    paths.ROOT / name for name in ("requirements.txt", "requirements-odoo.txt", "requirements-dev.txt")
)
STAMP = paths.VENV / ".complete"
LOG = paths.LOGS / "virtualenv.log"


def ensure(source):
    """Make or update the environment when a list changed since; with nothing to do, the network is not asked."""
    base = f"{sys.version_info[:2]} {sys.base_prefix} {paths.VENV}"
    digest = hashlib.sha256(base.encode())
    for file in REQUIREMENTS:
        digest.update(file.read_bytes())
    stamp = f"{base}\n{digest.hexdigest()}\n"
    have = ""
    with contextlib.suppress(FileNotFoundError):
        have = STAMP.read_text(encoding="utf-8")
    if have != stamp:
        STAMP.unlink(missing_ok=True)
        if have.partition("\n")[0] != base:
            # Half made, moved, or made by another Python: scripts in it name their interpreter by its full path.
            shutil.rmtree(paths.VENV, ignore_errors=True)
            run_logged(
                [sys.executable, "-m", "venv", paths.VENV],
                LOG,
                advice="The virtual environment could not be made; is python3-venv installed and the disk not full?",
            )
        _install()
        STAMP.write_text(stamp, encoding="utf-8")
    _name_odoo(source)


def _install():
    lists = [part for file in REQUIREMENTS for part in ("-r", str(file))]
    with Progress("Installing Python packages") as progress:
        count = 0

        def on_line(line):
            nonlocal count
            found = re.match(r"Collecting (\S+)", line)
            if found:
                count += 1
                progress.update(f"{count} packages, now {re.split('[<>=!~;(]', found[1])[0]}")
            elif line.startswith("Installing collected"):
                progress.update("unpacking them")

        pip = [paths.VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off", *lists]
        if follow(pip, LOG, on_line):
            raise Failure(
                "The Python packages could not be installed; check the network and try again "
                f"(details in {paths.shown(LOG)})."
            )


def _name_odoo(source):
    """Make "import odoo" find this Odoo in the environment."""
    folder = paths.VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    pth = folder / "odoo-source.pth"
    text = f"{source.python_path}\n"
    if not pth.exists() or pth.read_text(encoding="utf-8") != text:
        partial = pth.with_suffix(".partial")
        partial.write_text(text, encoding="utf-8")
        partial.rename(pth)
