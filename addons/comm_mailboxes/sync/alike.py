"""Mails that have header and size in common, and may say something else all the same.

A server that delivers a mail writes a line of its own into the header, and a mail of several parts has a boundary that was
made for it: no other mail bears that header. But what a program puts straight into a folder, one plain text after the other,
may; and who writes on a draft stores it under the same header again. Of those, and only of those, more is asked before one is
taken for the other: when it arrived (INTERNALDATE), which a server leaves as it is when a mail is moved (RFC 9051, 6.4.7), and
where that differs, or is not known, or is not enough, the content. That costs a download of what is here already, mostly a few
kilobytes.
"""

import hashlib
from collections import Counter
from datetime import timedelta

from ..protocol import mime
from ..protocol.sanitize_places import without_places
from . import breaking, store

# INTERNALDATE counts seconds, and clocks differ.
FRESH = timedelta(minutes=1)


def unlike(visit, folder, headers, only_moved):
    """Find the messages here that bear one of these headers, and are another mail.

    :param headers: ``protocol.imap.FetchedMessage`` with the header, from ``folder``, which is selected
    :param only_moved: no copies are looked for
    :return: ``{uid: ids of messages}``
    """
    arrived = {header.uid: header.internal_date for header in headers}
    others, to_read = {}, {}
    for uid, messages in _doubtful(folder, headers, only_moved).items():
        # Of what is too large to be here, there is nothing but its arrival to go by.
        partial = messages.filtered("is_partial")
        others[uid] = {message.id for message in partial if message.internal_date != arrived[uid]}
        if whole := messages - partial:
            to_read[uid] = whole
    for uid, ids in saying_something_else(visit, folder, to_read).items():
        others[uid] |= ids
    return others


def _doubtful(folder, headers, only_moved):
    """Return ``{uid: messages here that bear the same header}`` where that does not say enough."""
    asked = [header for header in headers if store.DRAFT in header.flags or not mime.is_made_once(header.raw)]
    identities = {header.uid: mime.identity_of(header.raw, header.size) for header in asked}
    bearing = Counter(identities.values())
    same = _with_these(folder, identities)
    doubtful = {}
    for header in asked:
        messages = same.get(header.uid)
        if messages and (
            # Who writes on a draft stores it under the same header again.
            store.DRAFT in header.flags
            or not mime.has_message_id(header.raw)
            # Where there is one on either side, what lost its place and turns up somewhere as it arrived then was moved there.
            or len(messages) > 1
            or bearing[identities[header.uid]] > 1
            or not _arrived_then(messages, header.internal_date)
            or (not only_moved and _may_be_copied(messages))
        ):
            doubtful[header.uid] = messages
    return doubtful


def saying_something_else(visit, folder, messages_by_uid):
    """Return ``{uid: ids of those messages that say something else than the mail with this UID}``, which is downloaded."""
    if not messages_by_uid:
        return {}
    # What the server does not hand out, now or ever, is not taken for anything.
    others = {uid: set(messages.ids) for uid, messages in messages_by_uid.items()}
    looks = Looks()
    with breaking.noted(visit, folder):
        for fetched in visit.session.messages(sorted(messages_by_uid.keys() - breaking.header_only(folder))):
            if not fetched.failed:
                others[fetched.uid] = looks.unlike(messages_by_uid[fetched.uid], store.prepare(fetched))
    return others


def bears(message, header):
    """Tell whether ``message`` has this header, whatever its size is told to be.

    Exchange reckons sizes, and some stores change them. Of what was written here, a provider files a copy with a header of its
    own. That is enough under a UID that the message had, and nowhere else.

    :param header: ``protocol.imap.FetchedMessage``
    """
    # Where nothing in the header names it, neither has one.
    if mime.identity_of(header.raw, message.size) == (message.identity or ""):
        return True
    if not message.outgoing_state or not message.message_id:
        return False
    there = mime.read(header.raw)
    return (there.message_id, there.date) == (message.message_id, message.date)


def _with_these(folder, identities):
    """Return ``{uid: messages}`` that have the same identity."""
    messages = folder.env["comm.message"].with_context(active_test=False)
    wanted = {identity for identity in identities.values() if identity}
    if not wanted:
        return {}
    known = messages.search_fetch(
        [
            ("mailbox_id", "=", folder.mailbox_id.id),
            ("identity", "in", list(wanted)),
        ],
        ["identity", "internal_date", "create_date", "is_partial", "uid", "server_folder_id"],
    ).grouped("identity")
    return {uid: known[identity] for uid, identity in identities.items() if identity in known}


def _arrived_then(message, moment):
    """Tell whether no other mail than ``message`` can have arrived at this moment and not have been here.

    It is not known of what was imported before it was noted, nor of what came at once: another one may in the same second.
    """
    return bool(moment and message.internal_date == moment and message.create_date - moment > FRESH)


def _may_be_copied(messages):
    # What lost its place and turns up somewhere was moved there.
    return any(message.uid or not message.server_folder_id for message in messages)


class Looks:
    """What messages say, each read once: hundreds may have a header in common."""

    def __init__(self):
        self._words = {}
        self._contents = {}

    def unlike(self, messages, prepared):
        """Return the ids of those messages that say something else than ``prepared``."""
        words, contents = digest(prepared.values["body_text"]), None
        found = set()
        for message in messages:
            if message.id not in self._words:
                self._words[message.id] = digest(message.body_text)
            if self._words[message.id] != words:
                found.add(message.id)
                continue
            # What was written here is kept as it was written, not as it reads.
            if message.outgoing_state:
                continue
            if message.id not in self._contents:
                self._contents[message.id] = (digest(without_places(message.body_html or "")), sorted(_files(message)))
            if contents is None:
                checksums = map(message.attachment_ids._compute_checksum, files_of(prepared))
                contents = (digest(without_places(prepared.values["body_html"] or "")), sorted(checksums))
            if self._contents[message.id] != contents:
                found.add(message.id)
        return found


def digest(text):
    """Return what stands for the words of a text, whatever is between them."""
    return hashlib.blake2b(" ".join((text or "").split()).encode("utf-8", "surrogatepass"), digest_size=20).digest()


def _files(message):
    return [file.checksum for file in message.attachment_ids if not file.comm_is_source]


def files_of(prepared):
    """Return the contents of the files of a ``store.Prepared``."""
    return [part.content for part in prepared.attachments if not isinstance(part, store.Source)]
