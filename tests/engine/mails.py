# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mail to fill accounts with: no two calls give the same."""

import itertools
import random
from email.message import EmailMessage

from lab.mailbag import small

_seeds = itertools.count(1000)


def mails(count):
    """Short texts, every eighth of them with a file of up to 60 kB; as large as those of any other call, almost."""
    seed = next(_seeds)
    dice = random.Random(seed)
    for number, raw in enumerate(small(count, seed)):
        yield _with_file(dice, seed, number) if number % 8 == 5 else raw


def _with_file(dice, seed, number):
    mail = EmailMessage()
    mail["From"] = "Jürgen Großmann <j.grossmann@holz-brunner.example>"
    mail["To"] = "office@lab.test"
    mail["Subject"] = f"Prüfung {number}"
    mail["Message-ID"] = f"<file.{seed}.{number}@holz-brunner.example>"
    mail["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    mail.set_content("Bitte prüfen.")
    content = dice.randbytes(number * 7_919 % 60_000)
    mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"Größe {number}.pdf")
    return mail.as_bytes()
