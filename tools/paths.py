"""Where everything lies. All that is generated stays below .dev/, which git ignores."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
TESTS = ROOT / "tests"
BENCH = ROOT / "bench"

DEV = ROOT / ".dev"
ODOO = DEV / "odoo"  # the unpacked Debian packages: Odoo with its fonts and JavaScript libraries
VENV = DEV / "venv"
NODE = DEV / "node"
CACHE = DEV / "cache"
HOME = DEV / "home"  # home folder of everything we start; Chromium insists on one
LOCKS = DEV / "locks"
LOGS = DEV / "logs"

VENV_PYTHON = VENV / "bin" / "python"


def shown(path):
    """The path as a user reads it: relative to the project where it lies below it."""
    path = Path(path)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def addon_names():
    """Names of our addons, those without a manifest left out."""
    return sorted(manifest.parent.name for manifest in ADDONS.glob("*/__manifest__.py"))
