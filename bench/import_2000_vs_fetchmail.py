"""Import of 2,000 mails of about 108 kB: our scheduled action beside Odoo's own fetchmail.

Both read the same mails over the same plain connection from the same server, commit as they ship, and start with an empty
mailbox. Both are warmed up by a few mails first.
"""

import imaplib
from itertools import islice

from lab.mailbag import mixed

from .cpu import Programs
from .import_ours import import_account
from .odoo_database import check
from .result import Result

MAILS = 2000
WARM_UP = 20


def measure(name, database, lab):
    """Return messages per second of ours beside fetchmail's: one round, as fetchmail takes minutes."""
    programs = Programs(database, lab)
    for number in (WARM_UP, MAILS):
        account = lab.account(language=None)
        lab.deliver_many(account.address, (("INBOX", raw) for raw in islice(mixed(number, seed=number), number)))
        server = _fetchmail_server(database, lab, account)
        database.settle()
        ours = import_account(database, lab, account, number, programs)
        database.settle()
        theirs = programs.watch(lambda server=server: _fetch(database, server))
        check(_seen(lab, account), number, "messages came to fetchmail")
    note = f"ours: {ours}; fetchmail: {theirs}"
    return Result.of_rates(
        name, "messages/s", MAILS / ours.seconds, "Odoo fetchmail", MAILS / theirs.seconds, note=note
    )


def _fetchmail_server(database, lab, account):
    with database.env() as env:
        return env["fetchmail.server"].create(
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


def _fetch(database, server):
    with database.env() as env:
        failure = server.with_env(env)._fetch_mail(batch_limit=MAILS)
        if failure:
            raise failure


def _seen(lab, account):
    """Fetchmail marks what it handled as seen."""
    client = imaplib.IMAP4("127.0.0.1", lab.ports["imap"])
    client.login(account.address, account.password)
    client.select("INBOX", readonly=True)
    seen = client.search(None, "SEEN")[1][0].split()
    client.logout()
    return len(seen)
