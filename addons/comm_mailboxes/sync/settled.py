"""Visits that find everything as the last one left it have nothing to do, and see that at a glance.

A visit that looks everywhere, opens no folder and changes nothing does so because of what the server's list says and of what
is here. Its reason is kept (``comm.mailbox.lease``); a visit that begins with the same reason would do the same: nothing.
Only servers whose list tells of every change (CONDSTORE and STATUS in it, RFC 7162) let a visit end like that, as without
it folders have to be opened. What a user changed in Odoo, what waits for the server, a gap, a folder to compare: each is
another state of the rows, so another reason, and the visit goes its whole way.
"""

from typing import NamedTuple

from odoo.tools import SQL

from .refused import DEFECTS

# Rows whole, for whatever column counts to a step, now or some day. Messages count by the questions that steps ask of them
# in every visit (see `moved` and `refused`); their places change only with a folder's row, or with an operation.
_STATE = """
    SELECT md5(concat_ws('|', mailbox::text, folders.state, folders.lost)), lease.settled_by
      FROM comm_mailbox AS mailbox
           JOIN comm_mailbox_lease AS lease ON lease.mailbox_id = mailbox.id,
           LATERAL (
               SELECT string_agg(folder::text, '|' ORDER BY folder.id) AS state,
                      bool_or(EXISTS (
                          SELECT FROM comm_message AS message
                           WHERE message.server_folder_id = folder.id
                             AND (message.uid IS NULL OR NOT message.active) AND message.identity IS NOT NULL
                      )) AS lost
                 FROM comm_folder AS folder
                WHERE folder.mailbox_id = mailbox.id
           ) AS folders
     WHERE mailbox.id = %s
       AND NOT EXISTS (SELECT FROM comm_operation WHERE mailbox_id = mailbox.id)
       AND NOT EXISTS (SELECT FROM comm_folder WHERE mailbox_id = mailbox.id AND silent_uids IS NOT NULL)
       AND NOT EXISTS (
           SELECT FROM comm_message AS message
            WHERE message.mailbox_id = mailbox.id AND message.defect IS NOT NULL AND message.defect LIKE ANY(%s)
       )"""


class Look(NamedTuple):
    """What is here before a visit."""

    state: str | None  # stands for all that decides here what a visit does; None: something waits to be done, or may
    settled_list: (
        str | None
    )  # the fingerprint of the server's list with which there is nothing to do; None: no such list

    @property
    def is_anything_waiting(self):
        return self.state is None


UNKNOWN = Look(None, None)


def look(mailbox):
    """Look at what is here, in one statement."""
    mailbox.env.flush_all()
    rows = mailbox.env.execute_query(SQL(_STATE, mailbox.id, list(DEFECTS)))
    if not rows:
        return UNKNOWN
    [(state, reason)] = rows
    then, _blank, listed = (reason or "").partition(" ")
    return Look(state, listed if state == then else None)


def reason_of(visit, before):
    """Return why this visit had nothing to do, None if it did something.

    :param before: the ``Look`` at its beginning
    """
    idle = visit.complete and not (visit.problems or visit.told or visit.states or visit.session.selected)
    if idle and before.state and before.state == look(visit.mailbox).state:
        return f"{before.state} {visit.session.fingerprint}"
    return None
