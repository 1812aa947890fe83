"""What is known of the messages of a POP3 server, a row of ``comm.pop3.uidl`` for each.

Servers give ids anew when they are rebuilt or moved, show an empty drop while they are restored, and may give the id of a
deleted message to another one (RFC 1939, section 7). So what is not listed any more stays known for a while, and what is
listed under a new id, or again, is compared with that: only if the content is the same, it is the same message.
"""

from dataclasses import dataclass
from typing import Any

from odoo import fields

from . import alike, blame, breaking, lease, store
from .pop3_drop import by_key, is_id

FIELDS = ["account", "uidl", "size", "identity", "digest", "fetched_at", "is_whole", "message_id", "gone_at"]


@dataclass
class Taken:
    """What the server handed out of one message."""

    prepared: store.Prepared | None = None
    digest: str = ""  # of the whole mail; "" when only the header came
    is_made_once: bool = False  # no other mail has this header
    row: Any = None  # the row of a message that is listed again, where that is sure

    @property
    def identity(self):
        return self.prepared.values.get("identity") or ""


def account_of(mailbox):
    """Return what tells one drop from another: by its port, too, since ids are all that is known of a message."""
    return f"{lease.account_of(mailbox)}:{mailbox.port}"


def rows(mailbox, *domain):
    """Return the rows of what the server listed the last time."""
    listed = [("mailbox_id", "=", mailbox.id), ("account", "=", account_of(mailbox)), ("gone_at", "=", False)]
    return mailbox.env["comm.pop3.uidl"].search_fetch([*listed, *domain], FIELDS)


def drop_of(mailbox, session):
    """Return what is in the drop: see ``pop3_drop.by_key``."""
    known = {row.uidl: (row.size, row.identity) for row in rows(mailbox)}
    return by_key(session, known, unreadable(mailbox))


def note_gone(visit, drop, now):
    """Note what the server does not list any more, or with another size. Commits."""
    mailbox = visit.mailbox
    account = account_of(mailbox)
    known = mailbox.env["comm.pop3.uidl"].search_fetch(
        [("mailbox_id", "=", mailbox.id), ("gone_at", "=", False)], FIELDS
    )
    gone = known.filtered(
        lambda row: (
            row.account != account
            or row.uidl not in drop
            or (row.size and row.size != store.bounded(drop[row.uidl].size))
        )
    )
    if gone:
        never_came = gone.filtered(lambda row: not row.fetched_at)
        rest = gone - never_came
        visit.commit(lambda: (never_came.unlink(), rest.write({"gone_at": now})))


def listed_again(mailbox, keys):
    """Return ``{key: row}`` of what was gone and has the same id now, as far as an id says anything."""
    gone = mailbox.env["comm.pop3.uidl"].search_fetch(
        [
            ("mailbox_id", "=", mailbox.id),
            ("account", "=", account_of(mailbox)),
            ("uidl", "in", [key for key in keys if is_id(key)]),
            ("gone_at", "!=", False),
        ],
        FIELDS,
        order="gone_at, id",
    )
    return {row.uidl: row for row in gone}


def recognise(mailbox, taken, now):
    """Find those that are known already, under this key or another one.

    :param taken: ``{key: Taken}``
    :param now: when this visit noted what is gone
    :return: ``{key: row}``
    """
    found = {key: item.row for key, item in taken.items() if item.row}
    rest = {key: item for key, item in taken.items() if key not in found}
    gone = mailbox.env["comm.pop3.uidl"].search_fetch(
        [
            ("mailbox_id", "=", mailbox.id),
            ("gone_at", "!=", False),
            "|",
            ("digest", "in", [item.digest for item in rest.values() if item.digest]),
            ("identity", "in", [item.identity for item in rest.values() if item.identity]),
        ],
        FIELDS,
        order="id",
    )
    by_content, by_header = gone.grouped("digest"), gone.grouped("identity")
    used = {row.id for row in found.values()}
    for key, item in rest.items():
        candidates = [*by_content.get(item.digest or None, ()), *by_header.get(item.identity or None, ())]
        same = [row for row in candidates if row.id not in used and _is_same(row, key, item, now)]
        if same:
            found[key] = min(same, key=lambda row, key=key: (row.uidl != key, row.id))
            used.add(found[key].id)
    unknown = {key: item for key, item in rest.items() if key not in found}
    return found | _recognise_by_messages(mailbox, unknown)


def _is_same(row, key, item, now):
    if row.digest and item.digest:
        # Two mails without Message-ID, date and route may be equal, and two all the same: not if one took the other's place.
        return row.digest == item.digest and bool(item.identity or row.uidl == key or row.gone_at >= now)
    # Of one of them there is only the header.
    return bool(item.identity) and row.identity == item.identity and (row.uidl == key or item.is_made_once)


def _recognise_by_messages(mailbox, taken):
    """Find what was fetched before contents were noted: by the messages that are here."""
    identities = [item.identity for item in taken.values() if item.identity]
    noted_nothing = [("digest", "=", False), ("identity", "=", False), ("message_id", "=", False)]
    left = identities and mailbox.env["comm.pop3.uidl"].search_fetch(
        [("mailbox_id", "=", mailbox.id), ("gone_at", "!=", False), *noted_nothing], FIELDS, order="id"
    )
    if not left:
        return {}
    messages = mailbox.env["comm.message"].with_context(active_test=False)
    here = messages.search_fetch(
        [("mailbox_id", "=", mailbox.id), ("identity", "in", identities)], ["identity", "is_partial"], order="id"
    ).grouped("identity")
    by_key = {row.uidl: row for row in left}
    looks, used, found = alike.Looks(), set(), {}
    for key, item in taken.items():
        same = here.get(item.identity, messages).filtered(lambda message: message.id not in used)
        if item.digest:
            same = same.filtered(lambda message: not message.is_partial)
            same = same.browse(sorted(set(same.ids) - looks.unlike(same, item.prepared)))
        elif not item.is_made_once:
            continue
        alike_rows = left.filtered(lambda row, item=item: row.is_whole == bool(item.digest))
        row = (alike_rows & by_key.get(key, left.browse())) or alike_rows[:1]
        if same and row:
            used.add(same[0].id)
            left -= row
            found[key] = row
    return found


def remember(mailbox, drop, taken, found, keys):
    """Note what was stored or recognised. The caller commits.

    :param found: what ``recognise`` returned
    :param keys: those among ``taken`` to note
    """
    forget_waiting(mailbox, keys)
    account = account_of(mailbox)
    new = []
    for key in keys:
        item = taken[key]
        values = {"account": account, "uidl": key, "size": store.bounded(drop[key].size)}
        if item.prepared:
            values["identity"] = item.identity
        if item.digest:
            values["digest"] = item.digest
        if row := found.get(key):
            # What is deleted on the server was either fetched from there, or its content is the same.
            is_compared = bool(item.digest or item.row)
            row.write({**values, "is_whole": row.is_whole and is_compared, "not_deleted_at": False, "gone_at": False})
        else:
            new.append({**values, "mailbox_id": mailbox.id, "is_whole": bool(item.digest)})
    mailbox.env["comm.pop3.uidl"].create(new)


def remember_refused(mailbox, drop, messages):
    """Note what the server did not hand out. The caller commits.

    :param messages: ``{key: what stands for it here}``
    """
    forget_waiting(mailbox, list(messages))
    mailbox.env["comm.pop3.uidl"].create(
        [
            {
                "mailbox_id": mailbox.id,
                "account": account_of(mailbox),
                "uidl": key,
                "size": store.bounded(drop[key].size),
                "is_whole": False,
                "message_id": message.id,
            }
            for key, message in messages.items()
        ]
    )


def forget_waiting(mailbox, keys):
    """Drop the notes of what has come now."""
    rows(mailbox, ("uidl", "in", keys), ("fetched_at", "=", False)).unlink()


def unreadable(mailbox):
    """Return the keys of what was asked for in vain so often that it is not looked into at each visit any more."""
    given_up = ["&", ("fetched_at", "=", False), ("broken_times", ">=", breaking.TIMES)]
    return set(rows(mailbox, "|", ("message_id", "!=", False), *given_up).mapped("uidl"))


def note_broken(mailbox, inbox, key, size=0, *, is_sound):
    """Note that the connection broke in a message. The caller commits.

    It counts only where it is that message that is to blame, and not the server (see ``blame``).

    :param is_sound: whether the server handed out another one in this visit; None: it was not asked for one
    """
    row = rows(mailbox, ("uidl", "=", key), ("fetched_at", "=", False)) or mailbox.env["comm.pop3.uidl"].create(
        {
            "mailbox_id": mailbox.id,
            "account": account_of(mailbox),
            "uidl": key,
            "size": store.bounded(size),
            "fetched_at": False,
            "is_whole": False,
        }
    )
    if not (blame.is_long_ago(row.create_date) if is_sound is None else is_sound):
        return
    row.broken_times += 1
    if row.broken_times == breaking.TIMES:
        breaking.tell(inbox)


def note_deleted(deleted):
    """Note what the server has deleted. The caller commits."""
    deleted.write({"gone_at": fields.Datetime.now()})
    # Whatever comes with the same content now is another mail, as nothing tells it apart.
    deleted.filtered(lambda row: row.digest and not row.identity).unlink()
