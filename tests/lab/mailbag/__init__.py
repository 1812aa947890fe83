# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mail to fill mailboxes with: realistic for people to look at, bulk for benchmarks."""

from .bulk import mixed, small
from .demo import fill

__all__ = ["fill", "mixed", "small"]
