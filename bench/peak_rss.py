"""How much memory Odoo's cron worker needs at most: the kernel's VmHWM of that process, everything of Odoo included."""

import base64
import random
import re
from pathlib import Path

from lab.mailbag import small

from .odoo_database import check
from .odoo_workers import OdooWorkers
from .result import Result

LIMIT_MB = 300
MESSAGES = 10_000
# In base64 and lines that is a mail of 100 MB.
ATTACHMENT = 73_000_000


def measure_large_message(name, database, lab):
    """A message of 100 MB, imported whole, whatever the company's limit."""
    content = random.Random(0).randbytes(ATTACHMENT)
    with database.import_limit(0):
        result, mailbox_id = _import(name, database, lab, [_film(content)])
    with database.env() as env:
        film = env["comm.message"].search([("mailbox_id", "=", mailbox_id)]).attachment_ids
        check(film.raw == content, True, "the attachment that was sent")
    return result


def measure_messages(name, database, lab):
    """The first import of 10,000 messages."""
    return _import(name, database, lab, small(MESSAGES, seed=1))[0]


def _import(name, database, lab, mails):
    """Import into a mailbox by a worker that has done nothing else yet."""
    account = lab.account(language=None)
    mails = [("INBOX", raw) for raw in mails]
    lab.deliver_many(account.address, mails)
    expected = len(mails)
    del mails
    mailbox_id = database.create_mailbox(lab, account)
    with OdooWorkers(database, 1) as server:
        [pid] = server.pids()
        before = _peak_megabytes(pid)
        server.fetch({mailbox_id: expected})
        check(server.pids(), [pid], "is the worker that began")
        peak = _peak_megabytes(pid)
    note = f"{before:.0f} MB before the visit, {peak - before:.0f} MB for it"
    return Result.of_costs(name, "MB", peak, "limit", LIMIT_MB, note=note), mailbox_id


def _peak_megabytes(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)[1]) / 1000


def _film(content):
    return (
        b"Message-ID: <film@lab.test>\r\nDate: Mon, 06 Jan 2025 08:00:00 +0000\r\n"
        b"From: Anna <anna@lab.test>\r\nTo: Ben <ben@lab.test>\r\nSubject: Film\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n'
        b'--b\r\nContent-Type: video/mp4; name="film.mp4"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="film.mp4"\r\n\r\n'
        + base64.encodebytes(content).replace(b"\n", b"\r\n")
        + b"--b--\r\n"
    )
