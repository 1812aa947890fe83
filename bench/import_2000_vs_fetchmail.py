"""Import of 2,000 mails of about 108 kB: ``comm.mailbox.fetch_mail()`` beside Odoo's own fetchmail.

Both read the same mails over the same plain connection from the same server, commit as they ship, and start with an empty
mailbox. Both are warmed up by a few mails first.
"""

import imaplib
import time
from itertools import islice

from lab.mailbag import mixed

from .result import Result

MAILS = 2000
WARM_UP = 20


def measure(name, database, lab):
    """Return messages per second of ours beside fetchmail's."""
    database.allow_lab(lab)
    ours = _rate(lab, lambda account: _fetch_ours(database, lab, account))
    theirs = _rate(lab, lambda account: _fetch_theirs(database, lab, account))
    return Result.of_rates(name, "messages/s", ours, "Odoo fetchmail", theirs)


def _rate(lab, fetch):
    for count in (WARM_UP, MAILS):
        account = lab.account()
        lab.deliver_many(account.address, (("INBOX", raw) for raw in islice(mixed(count, seed=count), count)))
        started = time.perf_counter()
        fetched = fetch(account)
        seconds = time.perf_counter() - started
        if fetched != count:
            raise AssertionError(f"{fetched} of {count} messages came")
    return count / seconds


def _fetch_ours(database, lab, account):
    with database.env() as env:
        mailbox = env["comm.mailbox"].create(
            {
                "name": account.address,
                "host": lab.host,
                "port": lab.ports["imap"],
                "security": "none",
                "login": account.address,
                "password": account.password,
            }
        )
    with database.env() as env:
        return mailbox.with_env(env).fetch_mail()


def _fetch_theirs(database, lab, account):
    with database.env() as env:
        server = env["fetchmail.server"].create(
            {
                "name": account.address,
                "server_type": "imap",
                "server": lab.host,
                "port": lab.ports["imap"],
                "is_ssl": False,
                "user": account.address,
                "password": account.password,
                "object_id": env["ir.model"]._get_id("res.partner"),
                "state": "done",
            }
        )
    with database.env() as env:
        failure = server.with_env(env)._fetch_mail(batch_limit=MAILS)
        if failure:
            raise failure
    # Fetchmail marks what it handled as seen.
    client = imaplib.IMAP4("127.0.0.1", lab.ports["imap"])
    client.login(account.address, account.password)
    client.select("INBOX", readonly=True)
    seen = client.search(None, "SEEN")[1][0].split()
    client.logout()
    return len(seen)
