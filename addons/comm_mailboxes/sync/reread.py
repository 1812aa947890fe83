"""Messages are read anew from their source: content and attachments are replaced, the record and its place stay."""

import logging
from dataclasses import replace as with_changes

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import SUPERUSER_ID

from ..protocol.imap import FetchedMessage
from ..protocol.mime import READER_VERSION
from . import batch, store

_logger = logging.getLogger(__name__)

# What the server says about a message, not the message itself.
KEPT = ("uid", "active", "keywords", *store.FLAG_FIELDS.values())


def read_again(messages):
    """Read messages again from the sources that are kept here. The caller commits.

    :param messages: as superuser; what each user may do was checked before
    :return: those whose source is not here
    """
    # As OdooBot, whoever pressed the button: by that, what users changed on attachments is told apart.
    messages = messages.with_user(SUPERUSER_ID).with_context(comm_sync=True)
    sources = _sources(messages)
    here = messages.filtered(lambda message: message.id in sources)
    for ids in batch.split((message.id, message.size) for message in here):
        some = messages.browse(ids)
        _store(some, [_prepare(message, sources[message.id]) for message in some])
    missing = messages - here
    missing.write({"reader_version": READER_VERSION})
    return missing


def _sources(messages):
    found = messages.env["ir.attachment"].search(
        [("res_model", "=", messages._name), ("res_id", "in", messages.ids), ("comm_is_source", "=", True)]
    )
    return {attachment.res_id: attachment for attachment in found}


def _prepare(message, source):
    # Alone: the ORM would read the files of all sources at once, and keep them.
    source = source.with_prefetch()
    raw = source.raw
    source.invalidate_recordset(["raw"], flush=False)
    return store.prepare(FetchedMessage(0, frozenset(), message.date or None, message.size, raw))


def _store(messages, prepared):
    """Store what was read; a message that the database refuses stays as it is and does not hold up the others."""
    try:
        with messages.env.cr.savepoint():
            replace(messages, prepared)
    except (SerializationFailure, DeadlockDetected):
        raise
    except Exception:
        _logger.warning("Messages %s could not be read again", messages.ids, exc_info=True)
        if len(messages) > 1:
            for message, item in zip(messages, prepared, strict=True):
                _store(message, [item])
        else:
            messages.write({"reader_version": READER_VERSION})


def replace(messages, prepared):
    """Give messages the content that they are read to have now. The caller commits.

    What a message was known by stays, and so does each attachment whose bytes are the same.

    :param prepared: a ``store.Prepared`` for each message
    """
    prepared_of = dict(zip(messages, prepared, strict=True))
    partners = {
        folder: store.partners_by_address(folder, [prepared_of[message] for message in some])
        for folder, some in messages.grouped("folder_id").items()
    }
    rest = []
    for message, item in prepared_of.items():
        values = {name: value for name, value in item.values.items() if name not in KEPT}
        if message.identity:
            # By both it is known.
            values.pop("identity", None)
            values.pop("size", None)
        message.write(
            {
                "defect": False,
                "is_partial": False,
                **values,
                "partner_id": message.partner_id.id or partners[message.folder_id].get(store.sender(item)),
            }
        )
        rest.append(with_changes(item, attachments=_keep(message, item.attachments)))
    store.attach(messages, rest)


def _keep(message, parts):
    """Keep the attachments that are among ``parts`` and those that a user changed; return the parts that are new."""
    attachments = message.env["ir.attachment"]
    old = {}
    for attachment in message.attachment_ids.sorted("id", reverse=True):
        key = attachment.checksum, attachment.comm_content_id, attachment.comm_is_source
        old.setdefault(key, []).append(attachment)
    new = []
    for part in parts:
        content_id = part.content_id if part.inline else False
        key = attachments._compute_checksum(part.content), content_id, isinstance(part, store.Source)
        if not old.get(key):
            new.append(part)
            continue
        attachment = old[key].pop()
        values = {"name": part.name, "comm_date": message.date}
        if _is_changed_by_user(attachment):
            del values["name"]
            # sudo: in the name of who changed it last, so that it is known the next time too.
            attachment = attachment.with_user(attachment.write_uid).sudo()
        attachment.write({name: value for name, value in values.items() if attachment[name] != value})
    gone = attachments.union(*(attachment for found in old.values() for attachment in found))
    gone.filtered(lambda attachment: not _is_changed_by_user(attachment)).unlink()
    return new


def _is_changed_by_user(attachment):
    return attachment.write_uid.id != SUPERUSER_ID
