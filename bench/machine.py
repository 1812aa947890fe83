"""What the numbers were measured on."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from odoo import release


def describe(database):
    """Return the description of this machine and of the programs that took part."""
    with database.registry.cursor() as cr:
        cr.execute("SHOW server_version")
        postgresql = cr.fetchone()[0]
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(encoding="ascii"))[1])
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e6, 1),
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "dovecot": _output("dovecot", "--version"),
        "postgresql": postgresql,
        "isync": _output("mbsync", "--version"),
        "python": platform.python_version(),
        "odoo": release.version,
        # Others at work make everything slower, ratios included.
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def _cpu():
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    return found[1] if found else platform.machine()


def _output(program, *arguments):
    command = [shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")[0]
