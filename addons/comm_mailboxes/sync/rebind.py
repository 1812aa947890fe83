"""A new UIDVALIDITY voids every UID of a folder (RFC 9051, 2.3.1.1), but not the messages: most are still there.

They keep their record, links and attachments, and get their new UID by what they are: see ``protocol.mime.identity_of``.
"""

from collections import defaultdict

from odoo.tools import SQL

from ..protocol.mime import identity_of

HEADERS_AT_ONCE = 500


def start_over(folder, state):
    """Take the placement from all messages of ``folder`` and set its cursors for an import from the newest to the oldest.

    :param state: ``protocol.imap.FolderState`` with the new UIDVALIDITY
    """
    folder.env["comm.message"].flush_model()
    folder.env.cr.execute(SQL("UPDATE comm_message SET uid = NULL WHERE folder_id = %s AND uid IS NOT NULL", folder.id))
    folder.env["comm.message"].invalidate_model(["uid"])
    folder.write({"uidvalidity": state.uidvalidity, "uid_high": state.uidnext - 1, "uid_low": state.uidnext})


def rebind(session, folder, sizes):
    """Place the known messages among ``sizes`` and return the rest, in the same order."""
    unplaced = folder.env["comm.message"].search_fetch(
        [("folder_id", "=", folder.id), ("uid", "=", None), ("identity", "!=", False)], ["identity"], order="id"
    )
    by_identity = defaultdict(list)
    for message in unplaced:
        by_identity[message.identity].append(message)
    rest = list(sizes)
    if by_identity:
        found = set()
        for start in range(0, len(sizes), HEADERS_AT_ONCE):
            uids = [uid for uid, _size in sizes[start : start + HEADERS_AT_ONCE]]
            for fetched in session.headers(uids):
                candidates = by_identity.get(identity_of(fetched.raw, fetched.size))
                if candidates:
                    candidates.pop(0).uid = fetched.uid
                    found.add(fetched.uid)
        rest = [(uid, size) for uid, size in sizes if uid not in found]
    return rest
