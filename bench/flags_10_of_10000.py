"""Another client flags 10 of 10,000 messages: what it costs to learn of it, in milliseconds and bytes, beside mbsync.

As in :mod:`bench.nochange` a visit includes the log-in, ours runs in a warm process and comes first in each round.
"""

from lab.mailbag import small

from . import rounds, traffic
from .mbsync import Mbsync
from .odoo_database import check
from .result import Result
from .stopwatch import milliseconds

MESSAGES = 10_000
CHANGES = 10
ROUNDS = 7


def measure(name, database, lab):
    """Return milliseconds and bytes of a visit in which ten messages have a new flag."""
    account = lab.account(language=None)
    lab.deliver_many(account.address, (("INBOX", raw) for raw in small(MESSAGES, seed=10)))
    mailbox_id = database.create_mailbox(lab, account)
    database.import_all(mailbox_id, MESSAGES)
    other = OtherClient(lab, account)
    with Mbsync(account, lab.ports["imap"]) as mbsync:
        mbsync.sync()
        check(mbsync.count(), MESSAGES, "messages in mbsync's Maildir")

        def change(ours, theirs):
            """Flag ten more and see that both notice; return what both cost."""
            flagged = other.flag(CHANGES)
            our_cost = ours()
            with database.env() as env:
                found = env["comm.message"].search([("mailbox_id", "=", mailbox_id), ("is_flagged", "=", True)])
                check(set(found.mapped("uid")), flagged, "are the flagged messages")
            their_cost = theirs()
            check(mbsync.count("F"), len(flagged), "flagged messages in mbsync's Maildir")
            return our_cost, their_cost

        times = [
            change(lambda: milliseconds(lambda: database.visit(mailbox_id)), lambda: milliseconds(mbsync.sync))
            for _round in range(ROUNDS)
        ]
        our_traffic, their_traffic = change(
            lambda: traffic.of_mailbox(database, lab, mailbox_id), lambda: traffic.count(lab, mbsync.sync)
        )
    other.leave()
    note = f"ours: {our_traffic}; mbsync: {their_traffic}"
    return [
        rounds.costs(name, "ms", "mbsync", times, note=note),
        Result.of_costs(f"{name}/bytes", "bytes", our_traffic.bytes, "mbsync", their_traffic.bytes),
    ]


class OtherClient:
    """Flags messages all over the folder, never one twice."""

    def __init__(self, lab, account):
        self._client = lab.imap(account)
        self._client.select("INBOX")
        self._uids = [int(uid) for uid in self._client.uid("SEARCH", "ALL")[1][0].split()]
        self._flagged = set()

    def flag(self, number):
        """Flag so many more, evenly spread; return the UIDs of all that are flagged by now."""
        rounds = len(self._flagged) // number
        chosen = self._uids[rounds :: len(self._uids) // number][:number]
        typ, reply = self._client.uid("STORE", ",".join(map(str, chosen)), "+FLAGS.SILENT", r"(\Flagged)")
        check(typ, "OK", f"to STORE ({reply})")
        self._flagged.update(chosen)
        return set(self._flagged)

    def leave(self):
        """Log out."""
        self._client.logout()
