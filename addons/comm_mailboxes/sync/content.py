"""What messages say, and their files, is here as it came? What was lost by an accident is downloaded again.

A message notes how many bytes of text and files it had when it was read; what has less now lost some. And a file that a row
names has to lie in Odoo's filestore, as large as the row says. So two queries for a folder and a look at the disk tell what to
ask the server for; what is sound costs no more.
"""

import contextlib
import os
from collections import defaultdict

from odoo.tools import SQL

from . import alike, batch, breaking, reread, store

FILES_AT_ONCE = 10_000
# What was written here has its own source, and says what its author wrote, not what a reader makes of it.
_READ_FROM_SERVER = SQL("message.uid IS NOT NULL AND message.outgoing_state IS NULL AND message.is_partial IS NOT TRUE")


def restore(visit, folder):
    """Bring again what messages of ``folder``, which is open, lost here. Commits each.

    :return: whether the time of the visit was enough
    """
    incomplete, bad_files = _incomplete(folder), _bad_files(folder)
    sizes = {**incomplete, **{uid: size for uid, (size, _checksums) in bad_files.items()}}
    wanted = sorted((uid, size) for uid, size in sizes.items() if uid not in breaking.header_only(folder))
    for uids in batch.split(wanted):
        with breaking.noted(visit, folder):
            for fetched in visit.session.messages(uids):
                if fetched.failed:
                    continue
                prepared, missing = store.prepare(fetched), bad_files.get(fetched.uid, (0, set()))[1]
                found = visit.commit(
                    lambda fetched=fetched, prepared=prepared, missing=missing: _restore(
                        folder, fetched, prepared, missing
                    )
                )
                visit.counts["restored"] += bool(found)
        if visit.must_stop():
            return False
    return True


def _restore(folder, fetched, prepared, missing):
    """Give the message its content again; return whether all of it is here then.

    :param missing: checksums of files that do not lie where they should
    """
    message = (
        folder.env["comm.message"]
        .with_context(active_test=False, comm_sync=True)
        .search([("server_folder_id", "=", folder.id), ("uid", "=", fetched.uid)])
    )
    if not message or not alike.bears(message, fetched):
        return False
    # The mail itself may be kept with the message, too.
    contents = [*(part.content for part in prepared.attachments), prepared.raw]
    if message.env["ir.attachment"]._storage() == "file":
        missing = missing - {_lay(message.env["ir.attachment"], content, missing) for content in contents}
    reread.replace(message, [prepared])
    return not missing


def _lay(attachments, content, missing):
    """Write the file of this content where it is missing, and take away what is only a part of it; return the checksum."""
    checksum = attachments._compute_checksum(content)
    path = attachments._full_path(f"{checksum[:2]}/{checksum}")
    if _size_of(path) not in (None, len(content)):
        os.remove(path)
    if checksum in missing:
        attachments._file_write(content, checksum)
    return checksum


def _incomplete(folder):
    """Return ``{uid: size}`` of messages of which less is here than there was.

    Of what came before this was noted, only the loss of all text or of all documents shows.
    """
    folder.env["comm.message"].flush_model()
    folder.env["ir.attachment"].flush_model()
    rows = folder.env.execute_query(
        SQL(
            """SELECT message.uid, message.size
                 FROM comm_message AS message,
                      LATERAL (
                          SELECT COALESCE(sum(file_size), 0) AS size, count(*) FILTER (WHERE comm_content_id IS NULL) AS documents
                            FROM ir_attachment
                           WHERE res_model = 'comm.message' AND res_id = message.id AND comm_is_source IS NOT TRUE
                      ) AS files,
                      LATERAL (
                          SELECT COALESCE(octet_length(body_text), 0) + COALESCE(octet_length(body_html), 0) AS size
                      ) AS text
                WHERE message.server_folder_id = %s AND %s
                  AND (message.content_size > text.size + files.size
                       OR (COALESCE(message.content_size, 0) = 0 AND (
                           (message.has_attachment AND files.documents = 0) OR (message.snippet > '' AND text.size = 0))))""",
            folder.id,
            _READ_FROM_SERVER,
        )
    )
    return dict(rows)


def _bad_files(folder):
    """Return ``{uid: (size, checksums of its files that are not in the filestore as they should be)}``."""
    attachments = folder.env["ir.attachment"]
    bad = defaultdict(lambda: (0, set()))
    if attachments._storage() != "file":
        return bad
    last = 0
    while rows := folder.env.execute_query(
        SQL(
            """SELECT file.id, message.uid, message.size, file.store_fname, file.file_size, file.checksum
                 FROM comm_message AS message
                      JOIN ir_attachment AS file ON file.res_model = 'comm.message' AND file.res_id = message.id
                WHERE message.server_folder_id = %s AND %s AND file.store_fname IS NOT NULL AND file.id > %s
                ORDER BY file.id LIMIT %s""",
            folder.id,
            _READ_FROM_SERVER,
            last,
            FILES_AT_ONCE,
        )
    ):
        for _id, uid, size, name, file_size, checksum in rows:
            if _size_of(attachments._full_path(name)) != file_size:
                bad[uid] = (size, bad[uid][1] | {checksum})
        last = rows[-1][0]
    return bad


def _size_of(path):
    with contextlib.suppress(OSError):
        return os.path.getsize(path)
    return None
