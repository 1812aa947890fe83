# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mails good and broken, with the reading that each must get."""

from . import boundaries, headers, located, regular, secured, structures, texts, winmail
from .mail import Mail

MAILS = [
    mail
    for source in (regular, headers, structures, boundaries, texts, secured, located, winmail)
    for mail in source.mails()
]

__all__ = ["MAILS", "Mail"]
