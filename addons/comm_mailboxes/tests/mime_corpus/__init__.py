# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails good and broken, with the reading that each must get."""

from . import boundaries, headers, regular, structures, texts
from .mail import Mail

MAILS = [*regular.mails(), *headers.mails(), *structures.mails(), *boundaries.mails(), *texts.mails()]

__all__ = ["MAILS", "Mail"]
