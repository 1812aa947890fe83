"""Import of 2,000 mails of about 108 kB: our scheduled action beside Odoo's own fetchmail.

Both read the same mails over the same plain connection from the same server, commit as they ship, and start with an empty
mailbox. Both are warmed up by a few mails first.
"""

import imaplib
import time
from itertools import islice

from lab.mailbag import mixed

from .import_ours import seconds_of_import
from .odoo_database import check
from .result import Result

MAILS = 2000
WARM_UP = 20


def measure(name, database, lab):
    """Return messages per second of ours beside fetchmail's."""
    for number in (WARM_UP, MAILS):
        account = lab.account(language=None)
        lab.deliver_many(account.address, (("INBOX", raw) for raw in islice(mixed(number, seed=number), number)))
        ours = seconds_of_import(database, lab, account, number)
        started = time.perf_counter()
        fetched = _fetch_theirs(database, lab, account)
        theirs = time.perf_counter() - started
        check(fetched, number, "messages came to fetchmail")
    return Result.of_rates(name, "messages/s", MAILS / ours, "Odoo fetchmail", MAILS / theirs)


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
