"""Import of a POP3 mailbox: everything in the drop that is not known yet, then what the server need not keep any more.

POP3 has no folders, no marks and no cursor. A message is known by its UIDL (RFC 1939, section 7) or, on servers without
it, by the hash of its header. Rows, attachments and known ids are committed together; the server deletes afterwards, at the
end of the session (section 6), and never what did not arrive whole.
"""

import hashlib
import time
from collections import Counter
from datetime import timedelta

from odoo import fields

from ..protocol.errors import ServerRefused
from ..protocol.imap import FetchedMessage
from ..protocol.mime import identity_of
from . import batch, reread, store, transaction
from .read_ahead import LOOK

# Kinds of keys besides the UIDL, which holds no such prefix with what follows it.
HEADER_KEY = "header:"
CONTENT_KEY = "content:"


def inbox_of(mailbox):
    """Return the one folder of a POP3 mailbox, made when it is first needed."""
    inbox = mailbox.folder_ids.filtered(lambda folder: folder.role == "inbox")
    return inbox or mailbox.env["comm.folder"].create(
        {
            "mailbox_id": mailbox.id,
            "name": "INBOX",
            "path": "INBOX",
            "role": "inbox",
            "sequence": 1,
            "fetch_mode": "this",
        }
    )


def fetch_mail(visit):
    """Import what is new and delete what the mailbox does not leave on the server.

    :return: the number of messages imported
    """
    mailbox, session = visit.mailbox, visit.session
    inbox = inbox_of(mailbox)
    drop = _by_key(session)
    known = set(_known(mailbox).mapped("uidl"))
    held = _held(mailbox, inbox, drop)
    limit = mailbox._import_limit()
    imported = 0
    # Newest first, so that today's mail is there in seconds.
    new = [(key, message.size) for key, message in reversed(drop.items()) if key not in known]
    for keys in batch.split((key, min(size, limit)) for key, size in new):
        prepared = _retrieve(visit, drop, keys, limit)
        if prepared is None:
            return imported
        prepared = {key: item for key, item in prepared.items() if item.values.get("identity") not in held}
        batch.save(inbox, prepared, keys, lambda keys: _remember(mailbox, drop, keys, limit))
        imported += len(prepared)
        if visit.must_stop():
            break
    _forget(mailbox, drop)
    for key in _dispensable(mailbox):
        session.delete(drop[key].number)
    return imported


def load(visit, messages):
    """Bring the whole of messages of which only the header is here; larger ones stay on the server until then.

    ``visit.counts["gone"]`` tells how many the server has no more.
    """
    mailbox, session = visit.mailbox, visit.session
    sizes = set(messages.mapped("size"))
    drop = {key: message for key, message in _by_key(session).items() if store.bounded(message.size) in sizes}
    by_identity = {_identity(session, message): key for key, message in drop.items()}
    for message in messages:
        key = by_identity.get(message.identity)
        if not key:
            visit.counts["gone"] += 1
            continue
        prepared = store.prepare(_fetched(drop[key], session.retrieve(drop[key].number)))
        rows = _known(mailbox).filtered(lambda row, key=key: row.uidl == key)

        def note(message=message, prepared=prepared, rows=rows):
            reread.replace(message, [prepared])
            rows.is_whole = True

        visit.commit(note)
        visit.counts["loaded"] += 1


def _by_key(session):
    """Return ``{key: message}`` in the order of the drop; no two messages ever share a key.

    The key is the UIDL; where the server gives none or the same one twice, the hash of the header; where that says too
    little or is the same too, the hash of the whole mail; and identical copies are numbered.
    """
    messages = session.messages()
    uidls = Counter(message.uidl for message in messages)
    by_key = {message.uidl: message for message in messages if message.uidl and uidls[message.uidl] == 1}
    others = [message for message in messages if not message.uidl or uidls[message.uidl] > 1]
    identities = {message.number: _identity(session, message) for message in others}
    times = Counter(identities.values())
    for message in others:
        identity = identities[message.number]
        if identity and times[identity] == 1:
            key = HEADER_KEY + identity
        else:
            key = CONTENT_KEY + hashlib.sha256(session.retrieve(message.number)).hexdigest()
        copies = sum(1 for known in by_key if known.partition("#")[0] == key)
        by_key[f"{key}#{copies + 1}" if copies else key] = message
    return dict(sorted(by_key.items(), key=lambda item: item[1].number))


def _identity(session, message):
    try:
        return identity_of(session.header(message.number), message.size)
    except ServerRefused:
        # TOP is optional (RFC 1939, section 7).
        return identity_of(session.retrieve(message.number), message.size)


def _account(mailbox):
    return f"{mailbox.login} {mailbox.host}:{mailbox.port}".lower()


def _known(mailbox):
    return mailbox.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id), ("account", "=", _account(mailbox))])


def _held(mailbox, inbox, keys):
    """Return the identities of the mail that is here, when keys alone may call a known message new.

    So after a change of login or server, which often is another name of the same one, and on servers whose ids cannot be
    relied upon: a message may have had another kind of key the last time.
    """
    env = mailbox.env
    rows = env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)])
    account = _account(mailbox)
    shaky = any(key.startswith((HEADER_KEY, CONTENT_KEY)) for key in (*keys, *rows.mapped("uidl")))
    if not shaky and all(row.account == account for row in rows):
        return set()
    held = env["comm.message"].search([("folder_id", "=", inbox.id), ("identity", "!=", False)])
    return set(held.mapped("identity"))


def _retrieve(visit, drop, keys, limit):
    """Return ``{key: store.Prepared}``; None when somebody gave the mailbox up meanwhile."""
    prepared, looked = {}, time.monotonic()
    for key in keys:
        if time.monotonic() - looked >= LOOK:
            if visit.is_given_up():
                return None
            looked = time.monotonic()
        prepared[key] = _prepare(visit.session, drop[key], limit)
    return prepared


def _prepare(session, message, limit):
    if message.size > limit:
        return store.prepare_partial(_fetched(message, session.header(message.number)))
    return store.prepare(_fetched(message, session.retrieve(message.number)))


def _fetched(message, raw):
    return FetchedMessage(0, frozenset(), fields.Datetime.now(), message.size, raw)


def _remember(mailbox, drop, keys, limit):
    mailbox.env["comm.pop3.uidl"].create(
        [
            {
                "mailbox_id": mailbox.id,
                "account": _account(mailbox),
                "uidl": key,
                "is_whole": drop[key].size <= limit,
            }
            for key in keys
        ]
    )


def _forget(mailbox, drop):
    """Drop the ids of messages that are not on the server any more: it may give them out again."""
    rows = mailbox.env["comm.pop3.uidl"].search([("mailbox_id", "=", mailbox.id)])
    account = _account(mailbox)
    transaction.committed(mailbox.env, rows.filtered(lambda row: row.account != account or row.uidl not in drop).unlink)


def _dispensable(mailbox):
    """Return the ids that the server need not keep, by the mailbox' own choice."""
    if mailbox.pop3_leave == "keep":
        return []
    rows = _known(mailbox).filtered("is_whole")
    if mailbox.pop3_leave == "days":
        kept_until = fields.Datetime.now() - timedelta(days=mailbox.pop3_leave_days)
        rows = rows.filtered(lambda row: row.fetched_at < kept_until)
    return rows.mapped("uidl")
