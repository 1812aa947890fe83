"""What the steps of a visit share."""

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from odoo import fields
from odoo.tools import SQL

from ..protocol import mime
from ..protocol.connector import TimeIsUp
from ..protocol.errors import FolderNotFound, FolderRefused, ProtocolError, ServerRefused, UnsafeArgument
from . import breaking, known, silent, transaction
from .errors import FolderBreaks

_logger = logging.getLogger(__name__)

# So often, at most, a visit goes on over a new connection where one breaks at single messages.
MOST_RECONNECTIONS = 40

# Errors that concern one folder or message; the connection can be used on.
REFUSALS = (ServerRefused, FolderRefused, FolderNotFound, UnsafeArgument)

# In so many visits in a row the connection breaks in a folder before that is told as what it is: no matter of time.
BREAKS_BEFORE_TOLD = 3

# What is counted of what was done, for good
COMING_FORWARD = ("imported", "changed", "vanished", "moved", "pushed", "mended", "restored", "pieces", "slow")

# So often is looked whether the newest message of a folder is the one that is known.
CHECK_AFTER = timedelta(hours=1)


class Visit:
    """One connection to the server of one mailbox, from the first command to the last.

    :param mailbox: as superuser, on the visit's own cursor (see ``lease``)
    :param session: ``protocol.imap.ImapSession``, logged in
    :param deadline: ``time.monotonic()`` after which no new batch begins; None: no limit
    """

    def __init__(self, mailbox, session, deadline=None):
        self.mailbox = mailbox
        self.env = mailbox.env
        self.session = session
        self.deadline = deadline
        self.began_at = self.env.cr.now()
        self.infos = {}  # path to protocol.folders.FolderInfo, as the server listed them
        self.states = {}  # folder id to protocol.imap.FolderState at its last opening
        self.touched = set()  # ids of folders that the push changed: the list may not show it
        self.put_off = []  # ids of operations that are told at the end
        self.broken_changes = set()  # ids of operations at which the connection broke in this visit
        self.broken_folders = set()  # ids of folders in which it did
        self.blamed = ()  # ids of the operations at which it broke the last time
        self.noted_error = None  # the error of which it is noted where the connection broke
        self.noted_suspicion = None  # the one of which it is noted at which messages it did
        self.has_broken_last = False  # the turn of the folders and changes at which the connection broke has come
        self.told = set()  # ids of operations that the server was told, whatever it said
        self.problems = []  # errors that concern one folder and did not stop the others
        self.losses = []  # (folder, messages) of which very many vanished at once
        self.kept = {}  # folder to messages that stay shown beside it, as another one came under its name
        self.counts = Counter()  # what was done: imported, changed, vanished, pushed, mended
        self.complete = True  # the time was enough
        self.narrowing = set()  # ids of folders in which it was seen that the connection breaks at single messages
        self.reconnections = 0
        self.is_settled = False  # it saw at a glance that there was nothing to do, and wrote nothing (see `settled`)
        self.settled_by = None  # why there was nothing to do, for the next visit
        self._opened = None
        self._new_sizes = {}
        self._server_paths = None
        self._revisions = {}

    def open(self, folder, *, told=False):
        """Select ``folder`` and return its state; a new UIDVALIDITY voids the placements there.

        :param told: ask for what changed since the last sync, where the server can tell (RFC 7162)
        """
        # Where the connection broke, it may have been at what the server tells.
        is_told = told and folder.highestmodseq and not folder.broken_at
        since = (folder.uidvalidity, folder.highestmodseq) if is_told else None
        self._opened = None
        state = self.session.select(self.server_path(folder), since=since)
        if state.uidvalidity != folder.uidvalidity:
            transaction.committed(self.env, lambda: known.void(folder, state))
        elif _is_set_back(folder, state) and not folder.is_to_compare:
            self.commit(lambda: folder.write({"is_to_compare": True}))
        self._opened = folder.id
        self.states[folder.id] = state
        self._new_sizes.pop(folder.id, None)
        if told and not folder.is_to_compare:
            self._check_newest(folder, state)
        return state

    def _check_newest(self, folder, state):
        """Have ``folder``, which is open, compared if its newest message is another mail now.

        A server that was set back to a backup may have given out as many UIDs again, or more; then no number need show it,
        but a look at a message does. That costs a command, so it is done when mail came, and once in a while.
        """
        now = fields.Datetime.now()
        has_grown = (state.uidnext or 0) > folder.uid_high + 1 and not folder.broken_at
        if folder.newest_checked_at and folder.newest_checked_at > now - CHECK_AFTER and not has_grown:
            return
        messages = self.env["comm.message"].with_context(active_test=False)
        placed = [("server_folder_id", "=", folder.id), ("uid", ">=", 1), ("message_id", "!=", False)]
        newest = messages.search_fetch(placed, ["uid", "message_id"], order="uid desc", limit=1)
        uids, message_id = newest.mapped("uid"), newest.message_id
        # Before: where the connection breaks at it, that is not to happen in each visit.
        self.commit(lambda: folder.write({"newest_checked_at": now}))
        with breaking.noted(self, folder):
            there = [mime.read(header.raw).message_id for header in self.session.headers(uids)]
        # Some servers write other lines of a header anew; this one stays.
        if any(there) and message_id not in there:
            self.commit(lambda: folder.write({"is_to_compare": True}))

    def reopen(self, folder):
        """Return the state of ``folder``, selecting it only when another one is."""
        is_open = self._opened == folder.id and self.session.selected == self.server_path(folder)
        return self.states[folder.id] if is_open else self.open(folder)

    def server_path(self, folder):
        """Return the path of ``folder`` on the server, which may not have learned of its new name; None: not there."""
        if self._server_paths is None:
            self._server_paths = self.env["comm.operation"]._server_paths(self.mailbox)
        return self._server_paths.get(folder, folder.path)

    def info(self, folder):
        """Return what the server's list says of ``folder``, a ``protocol.folders.FolderInfo``; None: it does not list it."""
        return self.infos.get(self.server_path(folder))

    def forget_paths(self):
        """Look again what the server has learned."""
        self._server_paths = None

    def note_revisions(self, operations):
        """Remember which state of these operations the server is told: a user may change his mind meanwhile."""
        self._revisions.update((operation.id, operation.revision) for operation in operations)

    def revisions_of(self, operations):
        return {operation_id: self._revisions[operation_id] for operation_id in operations.ids}

    def lacked_rights(self, folder, needed):
        """Return which of these rights this login does not have in ``folder``, by what the server says (RFC 4314)."""
        rights = self.session.rights(self.server_path(folder))
        return "" if rights is None else "".join(right for right in needed if right not in rights)

    def new_sizes(self, folder):
        """Return (uid, size) of what came to ``folder``, which is selected, since the last import, ascending."""
        if folder.id not in self._new_sizes:
            last = self.states[folder.id].uidnext - 1
            self._new_sizes[folder.id] = silent.sizes(self, folder, folder.uid_high + 1, last)
        return self._new_sizes[folder.id]

    def commit(self, work, **options):
        """See ``transaction.committed``."""
        return transaction.committed(self.env, work, **options)

    def each(self, folders, step, stamp=None, *, until=None, limited=True):
        """Do ``step(visit, folder)`` for each; a folder that the server refuses must not stop the others.

        Who waited longest comes first, and the first one has its turn even when the time is up: so every step comes forward
        with every visit, and every folder has its turn in every step.

        :param stamp: the field that tells when a folder had its last turn; the step writes it, unless it fails
        :param until: ``time.monotonic()`` after which the rest is left to the next visit, before the visit's own end
        :param limited: False: this takes no time worth speaking of, so all have their turn
        :return: whether all had their turn
        """
        begun = False
        for folder in self._longest_waiting(folders, stamp):
            if not self.is_in_use():
                self.complete = False
                return False
            if limited and begun and (self._is_late(until) or self._is_over()):
                return False
            # A user may delete a folder in the middle of the visit, here or on the server.
            if not folder.exists() or folder.is_missing:
                continue
            begun = True
            try:
                self.take(step, folder)
            except REFUSALS as error:
                _logger.info("Mailbox %s, folder %s: %s", self.mailbox.id, folder.id, self.mailbox._explain(error))
                self._note_failed(folder, stamp and {stamp: fields.Datetime.now()})
                self._opened = None
                error.folder = folder.complete_name
                self.problems.append(error)
            except ProtocolError as error:
                if error is not self.noted_error:
                    self.note_broken(folder, error, stamp)
                raise
        return True

    def take(self, step, folder):
        """Do a step in a folder; where the connection breaks at single messages, over new ones, as long as that tells which."""
        while True:
            try:
                # Alone: each commit forgets what was read, and not all folders are to be read again for each of them.
                return step(self, folder.with_prefetch())
            except ProtocolError as error:
                if not error.narrows or not self.may_reconnect():
                    raise
                error.narrows = self.reconnect() and breaking.narrows(self, folder, error)
                if not error.narrows:
                    raise

    def may_reconnect(self):
        """Tell whether this visit can have another connection."""
        return self.reconnections < MOST_RECONNECTIONS and not self.must_stop()

    def go_on(self):
        """Return whether the visit can go on over a new connection, since the server itself is in no trouble."""
        self.blamed, self.noted_error = (), None
        if not self.reconnect():
            return False
        try:
            self.session.folders(status=False)
        except ProtocolError as error:
            told = self.mailbox._explain(error)
            _logger.info("Mailbox %s: nothing is told over a new connection either: %s", self.mailbox.id, told)
            return False
        return True

    def reconnect(self):
        """Return whether the visit can go on over a new connection, in which no folder is open."""
        self.env.cr.rollback()
        if not self.may_reconnect():
            return False
        self.reconnections += 1
        try:
            self.session.reconnect()
        except ProtocolError as error:
            _logger.info("Mailbox %s: no new connection: %s", self.mailbox.id, self.mailbox._explain(error))
            return False
        return True

    def _longest_waiting(self, folders, stamp):
        if not stamp:
            return folders
        return folders.exists().sorted(lambda folder: (folder[stamp] or datetime.min, folder.role != "inbox"))

    def _note_failed(self, folder, values):
        """Undo what was begun, and note it: a folder in which the server fails must not be the first one in every visit.

        Where somebody archived the mailbox, it was not the server: see ``watch``.
        """
        self.env.cr.rollback()
        if values and self.is_in_use() and folder.exists():
            self.commit(lambda: folder.write(values))

    def note_broken(self, folder, error, stamp=None):
        """Note that the connection broke in ``folder``: it comes last until it works again."""
        self.noted_error = error
        if isinstance(error, TimeIsUp):
            # It was we who closed it. Others come first the next time.
            self._note_failed(folder, stamp and {stamp: fields.Datetime.now()})
            return
        is_first = folder.id not in self.broken_folders
        self.broken_folders.add(folder.id)
        self.env.cr.rollback()
        if not folder.exists():
            return
        now = fields.Datetime.now()
        visits = folder.broken_visits + is_first
        values = {"broken_at": now, "broken_visits": visits, "broken_since": folder.broken_since or now}
        self._note_failed(folder, {**values, stamp or "broken_at": now})
        if not self.has_broken_last:
            return
        error.folder = folder.complete_name
        # Where each visit tells more of the message at which it breaks, the folder itself may be sound.
        if visits >= BREAKS_BEFORE_TOLD and not error.narrows:
            error.lasting = FolderBreaks(visits, self.env["comm.operation"]._count_for(folder))
            error.lasting.folder = folder.complete_name

    @property
    def has_come_forward(self):
        """Whether something was done in this visit that the next one need not do again."""
        return any(self.counts[name] for name in COMING_FORWARD)

    def must_stop(self):
        """Tell whether to end the visit here: its time is up, or somebody archived the mailbox."""
        if self._is_over() or not self.is_in_use():
            self.complete = False
            return True
        return False

    def _is_over(self):
        if self._is_late(self.deadline):
            self.complete = False
            return True
        return False

    @staticmethod
    def _is_late(moment):
        return moment is not None and time.monotonic() >= moment

    def is_in_use(self):
        """Tell whether the mailbox was there and not archived when this transaction began."""
        rows = self.env.execute_query(SQL("SELECT 1 FROM comm_mailbox WHERE id = %s AND active", self.mailbox.id))
        return bool(rows)

    def is_given_up(self):
        """Tell whether somebody archived or deleted the mailbox, as of now: nobody waits for what is under way any more."""
        # The transaction would go on to see what was at its beginning.
        self.commit(lambda: None)
        return not self.is_in_use()

    def is_interrupted(self):
        """Tell whether the visit has to stop, or to push what users changed meanwhile."""
        waiting = SQL(
            "SELECT 1 FROM comm_operation WHERE mailbox_id = %s AND id <> ALL(%s) LIMIT 1",
            self.mailbox.id,
            list(self.told),
        )
        return self.must_stop() or bool(self.env.execute_query(waiting))


def _is_set_back(folder, state):
    """Tell whether the server is younger than what is known of it: it was restored, and may give out UIDs again."""
    # No server has more messages than it gave out UIDs; one that says so lies.
    return (
        0 < (state.highestmodseq or 0) < folder.highestmodseq or state.exists < (state.uidnext or 0) <= folder.uid_high
    )
