# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A private mail server, and an identity server beside it, for tests, benchmarks and `./dev run`: see lab.py."""

from .accounts import Account
from .lab import Lab, LabError, shared_lab
from .proxy import FaultProxy

__all__ = ["Account", "FaultProxy", "Lab", "LabError", "shared_lab"]
