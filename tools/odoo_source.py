"""Odoo itself: Debian's package unpacked below .dev, or the source tree that ODOO_SOURCE names."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from . import paths
from .console import Failure, run_logged, say
from .debian_archive import LOG, PrivateApt

# The one place that names the Odoo we build on. Debian's sid moves on: take the new version and its checksum from
# "apt-cache show odoo-19" then.
PACKAGE = "odoo-19"
VERSION = "19.0.0+dfsg-1"
SHA256 = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
SUITE = "sid"

# What Odoo's package links to. The machine's own suite comes first: sid's fonts-font-awesome has other file names, and
# the links would dangle. "" is the machine's own suite.
COMPANIONS = {
    "fonts-font-awesome": "",
    "fonts-roboto-unhinted": "",
    "fonts-inconsolata": "",
    "fonts-ocr-b": "",
    "libjs-jquery": "",
    "libjs-jquery-form": "",
    "libjs-underscore": "",
    "fonts-montserrat": SUITE,
}
PACKAGES = Path("usr/lib/python3/dist-packages")  # inside the unpacked root
# Left out by Debian; without it the web client logs an error, and every browser tour fails on that.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
OTHER_SOURCE = "set ODOO_SOURCE=/path/to/odoo to a checkout or an installation of Odoo 19"


class Source(NamedTuple):
    """An Odoo that can be run."""

    python_path: Path  # the folder to import odoo from
    addons_path: tuple[Path, ...]
    key: str  # names this very Odoo; what was prepared with another one is prepared again


def current():
    """The Odoo to use; does not look whether it is there."""
    given = os.environ.get("ODOO_SOURCE")
    if given:
        return _given(Path(given).expanduser().resolve())
    packages = paths.ODOO / PACKAGES
    return Source(packages, (packages / "odoo" / "addons",), VERSION)


def ensure():
    """Download and unpack Odoo unless it is there already, or was given."""
    source = current()
    if os.environ.get("ODOO_SOURCE") or _is_complete():
        return source
    apt = PrivateApt(paths.CACHE / "apt", {SUITE, *COMPANIONS.values()})
    apt.update()
    wanted = f"{PACKAGE}={VERSION}"
    if not apt.sizes([wanted]):
        raise Failure(
            f"Debian {SUITE} no longer has {wanted}: name the version it has and its SHA256 in tools/odoo_source.py, "
            f"or {OTHER_SOURCE}."
        )
    debs = apt.download([wanted, *(f"{name}/{suite or apt.own_suite}" for name, suite in COMPANIONS.items())])
    _verify(debs)
    say("Unpacking Odoo ...")
    _unpack(debs)
    apt.remove()
    return source


def _stamp():
    """Changes whenever what we unpack would."""
    return hashlib.sha256(repr((SHA256, COMPANIONS, LEFT_OUT)).encode()).hexdigest()


def _is_complete():
    with contextlib.suppress(FileNotFoundError):
        return (paths.ODOO / ".complete").read_text(encoding="utf-8") == _stamp()
    return False


def _verify(debs):
    for deb in debs:
        if deb.name.startswith(f"{PACKAGE}_"):
            with deb.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == SHA256:
                    return
            deb.unlink()
            raise Failure(
                f"{deb.name} is not the file that tools/odoo_source.py expects (other SHA256); try again, "
                f"or {OTHER_SOURCE}."
            )
    raise Failure(f"Debian did not deliver {PACKAGE}; try again, or {OTHER_SOURCE}.")


def _unpack(debs):
    for folder in (*paths.DEV.glob("odoo.partial*"), paths.ODOO):
        shutil.rmtree(folder, ignore_errors=True)
    # A name of its own: the unpacker of a killed run may still be writing into the other one.
    partial = Path(tempfile.mkdtemp(prefix="odoo.partial-", dir=paths.DEV))
    partial.chmod(0o755)
    for deb in debs:
        run_logged(
            ["dpkg", "-x", deb, partial], LOG, advice="A Debian package could not be unpacked; is the disk full?"
        )
    left_out = partial / PACKAGES / LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.touch()
    # The links are relative, so the partial root tells as well as the final one whether they lead somewhere.
    static = partial / PACKAGES / "odoo" / "addons" / "web" / "static"
    dangling = [link for link in static.rglob("*") if link.is_symlink() and not link.exists()]
    if dangling:
        raise Failure(
            f"Odoo's package links to files that this Debian does not have, such as {dangling[0].name}; {OTHER_SOURCE}."
        )
    (partial / ".complete").write_text(_stamp(), encoding="utf-8")
    partial.rename(paths.ODOO)


def _given(folder):
    """A checkout (odoo/ and addons/ side by side) or an installation (all addons below odoo/addons)."""
    candidates = (folder, folder.parent) if folder.name == "odoo" else (folder,)
    for root in candidates:
        release = root / "odoo" / "release.py"
        if release.is_file():
            found = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(encoding="utf-8"), re.M)
            if not found or found.groups() != ("19", "0"):
                raise Failure(f"ODOO_SOURCE={folder} is not Odoo 19.0; {OTHER_SOURCE}.")
            core = root / "odoo" / "addons"
            if (core / "web").is_dir():
                return Source(root, (core,), str(root))
            if (root / "addons" / "web").is_dir():
                return Source(root, (root / "addons", core), str(root))
    raise Failure(f"ODOO_SOURCE={folder} holds no Odoo with its addons; {OTHER_SOURCE}.")
