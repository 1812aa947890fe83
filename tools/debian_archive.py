"""Downloads Debian packages without installing them, through an apt configuration of our own.

The mirror is the one that the machine uses itself; its apt and its package lists stay untouched, and no rights are
needed.
"""

import contextlib
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from . import paths, processes
from .console import Failure, Progress, note_command, run_logged

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCES = Path("/etc/apt")
LOG = paths.LOGS / "odoo-source.log"


class Archive(NamedTuple):
    """A Debian mirror as the machine's own sources name it."""

    uri: str
    suite: str
    signed_by: str


def machine_archive():
    """The mirror and the suite this machine itself installs from."""
    codename = _codename()
    for uri, suites, signed_by in [*_deb822_sources(), *_one_line_sources()]:
        known = re.match(r"(https?|file|mirror\+\w+|copy):", uri)
        if known and codename in suites:
            return Archive(uri.rstrip("/"), codename, signed_by or KEYRING)
    raise Failure(
        "The machine's apt sources name no Debian mirror for its own suite, so Odoo cannot be downloaded; "
        "set ODOO_SOURCE=/path/to/odoo to a checkout or installation of Odoo 19."
    )


def _codename():
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(r'^VERSION_CODENAME="?(\w+)', release, re.M)
    return found[1] if found else "sid"


def _deb822_sources():
    for file in sorted((SOURCES / "sources.list.d").glob("*.sources")):
        text = re.sub(r"^#.*\n?", "", file.read_text(encoding="utf-8"), flags=re.M)
        for stanza in re.split(r"\n\s*\n", text):
            fields = {
                key.lower(): " ".join(value.split())
                for key, value in re.findall(r"^([\w-]+):(.*(?:\n[ \t].*)*)", stanza, re.M)
            }
            if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
                continue
            signed_by = fields.get("signed-by", "")
            for uri in fields.get("uris", "").split():
                yield uri, fields.get("suites", "").split(), signed_by if signed_by.startswith("/") else ""


def _one_line_sources():
    for file in (SOURCES / "sources.list", *sorted((SOURCES / "sources.list.d").glob("*.list"))):
        with contextlib.suppress(FileNotFoundError):
            for line in file.read_text(encoding="utf-8").splitlines():
                found = re.match(r"\s*deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)", line)
                if found:
                    options = dict(option.split("=", 1) for option in (found[1] or "").split() if "=" in option)
                    yield found[2], [found[3]], options.get("signed-by", "")


class PrivateApt:
    """apt with lists and cache below a folder of ours."""

    def __init__(self, folder, suites):
        self.folder = folder
        archive = machine_archive()
        for part in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        sources = "".join(
            f"deb [signed-by={archive.signed_by}] {archive.uri} {suite or archive.suite} main\n"
            for suite in sorted({suite or archive.suite for suite in suites})
        )
        (folder / "sources.list").write_text(sources, encoding="utf-8")
        self.own_suite = archive.suite
        self.config = folder / "apt.conf"
        self.config.write_text(
            f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
            'Dir::Etc::sourceparts "-";\n'
            f'Dir::State::lists "{folder}/lists";\n'
            f'Dir::Cache "{folder}/cache";\n'
            # Container images switch these two files off, and every look into the lists takes seconds then.
            'Dir::Cache::pkgcache "pkgcache.bin";\n'
            'Dir::Cache::srcpkgcache "srcpkgcache.bin";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
            # A mirror that lags behind may deliver: signatures are checked, and Odoo's own checksum is ours.
            'Acquire::Check-Valid-Until "false";\n'
            # Hooks that desktops and container images put on every update would look at the machine's own cache.
            "#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n",
            encoding="utf-8",
        )

    def update(self):
        run_logged(
            ["apt-get", "-c", self.config, "update"],
            LOG,
            advice="The package lists of Debian could not be read; check the network and try again",
        )

    def sizes(self, packages):
        """Bytes of each package's file; empty when the archive lacks one of them (name=version or name/suite)."""
        shown = subprocess.run(
            ["apt-get", "-c", self.config, "download", "--print-uris", *packages],
            check=False,
            capture_output=True,
            text=True,
        )
        return [] if shown.returncode else [int(size) for size in re.findall(r"^'\S+' \S+ (\d+)", shown.stdout, re.M)]

    def download(self, packages):
        """Download the packages, showing how far it is."""
        total = sum(self.sizes(packages))
        debs = self.folder / "debs"
        command = ["apt-get", "-c", self.config, "-q", "download", *packages]
        note_command(command, LOG)
        process = processes.start(command, log=LOG, cwd=debs)
        try:
            with Progress("Downloading Odoo") as progress:
                while process.poll() is None:
                    time.sleep(0.2)
                    progress.update(f"{self._have(debs) >> 20} of {total >> 20} MB")
        finally:
            processes.stop(process)
        if process.returncode:
            raise Failure(f"The download of Odoo failed; check the network and try again ({paths.shown(LOG)}).")
        return sorted(debs.glob("*.deb"))

    def _have(self, debs):
        have = 0
        for file in (*debs.glob("*.deb"), *debs.glob("*.deb.*"), *(self.folder / "cache/archives/partial").glob("*")):
            with contextlib.suppress(FileNotFoundError):
                have += file.stat().st_size
        return have

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
