"""Messages whose content the server did not hand out: it is asked once more, but not at every visit."""

from datetime import timedelta

from odoo import fields

from ..protocol.mime_defects import NOT_HANDED_OUT
from . import reread, store

PATIENCE = timedelta(days=1)
# Asking in vain costs the server two commands each.
AT_ONCE = 20


def retry(visit):
    """Ask again for the messages that waited long enough. Commits each."""
    messages = visit.env["comm.message"].search(
        [
            ("mailbox_id", "=", visit.mailbox.id),
            ("defect", "=like", f"{NOT_HANDED_OUT}%"),
            ("uid", ">=", 1),
            ("write_date", "<", fields.Datetime.now() - PATIENCE),
        ],
        order="write_date",
        limit=AT_ONCE,
    )
    by_folder = messages.grouped("server_folder_id")
    visit.each(by_folder, lambda visit, folder: _load(visit, folder, by_folder[folder]))


def _load(visit, folder, messages):
    visit.open(folder)
    for message in messages:
        # One at a time: a server that refuses all that it is asked for counts as broken.
        for fetched in visit.session.messages([message.uid]) if message.uid else ():
            prepared = store.prepare(fetched)
            visit.commit(lambda message=message, prepared=prepared: reread.replace(message, [prepared]))
            visit.counts["loaded"] += not fetched.failed
