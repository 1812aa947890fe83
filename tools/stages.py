"""How a command of ./dev goes on in the virtual environment."""

import os

from . import paths

STAGE = "COMM_DEV_STAGE"


def work(*arguments):
    """Return command and environment of the stage that does the work, for these arguments of ./dev."""
    return [str(paths.VENV_PYTHON), "-B", "-m", "tools", *arguments], os.environ | {STAGE: "work"}
