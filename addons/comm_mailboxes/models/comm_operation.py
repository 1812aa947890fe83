from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..fields import BigInteger
from ..protocol.errors import clean
from .comm_mailbox_event import MAX_TEXT

# A change that the server refused so often is undone: it will not take it.
REFUSALS_BEFORE_UNDO = 5
# A server that was busy so often in a row is told of, once for each change.
DELAYS_BEFORE_WARNING = 10
# What cannot be undone is tried again after this.
WAIT_AFTER_REFUSALS = timedelta(hours=1)
# Of these a message has one row each (of flags: one for each flag), and a newer intention replaces the older one.
ONE_PER_MESSAGE = "kind IN ('flag', 'move', 'expunge', 'append')"
FOLDER_KINDS = ("create_folder", "rename_folder", "delete_folder", "empty_folder")


class CommOperation(models.Model):
    """A change made in Odoo that the mail server has still to learn.

    Rows about messages say how things shall be in the end, so a newer intention replaces the older one and raises
    ``revision``: what was on its way meanwhile does not count as done. Rows about folders are a log that is applied in
    its order, each naming the paths that were right at its time.

    Written by SQL, in one statement however many messages there are. Users may only read.
    """

    _name = "comm.operation"
    _description = "Change that the mail server has still to learn"
    _order = "id"
    _rec_name = "summary"

    mailbox_id = fields.Many2one("comm.mailbox", required=True, ondelete="cascade", readonly=True)
    kind = fields.Selection(
        [
            ("flag", "Mark"),
            ("move", "Move"),
            ("copy", "Copy"),
            ("expunge", "Delete"),
            ("append", "Store"),
            ("create_folder", "Create folder"),
            ("rename_folder", "Rename folder"),
            ("delete_folder", "Delete folder"),
            ("empty_folder", "Empty folder"),
        ],
        required=True,
        readonly=True,
    )
    message_id = fields.Many2one("comm.message", ondelete="cascade", readonly=True)
    folder_id = fields.Many2one(
        "comm.folder",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
        help="Where a message goes, the folder that is created, renamed, deleted or emptied, or where a message lies that"
        " is to be deleted for good.",
    )
    flag = fields.Char(readonly=True, help=r"As the server names it: \Seen, $Forwarded, a keyword.")
    value = fields.Boolean(readonly=True, help="Whether the flag is to be set.")
    path = fields.Char(
        readonly=True, help="The folder's path on the server before the change; of a new folder the path it gets."
    )
    new_path = fields.Char(readonly=True, help="The folder's path on the server after it was renamed.")
    uidvalidity = BigInteger(readonly=True, help="Of the folder when this was noted; under another one it is another.")
    uid_below = BigInteger(
        readonly=True, help="What has this UID or a higher one came later: it stays, or is what was begun."
    )
    revision = fields.Integer(default=1, required=True, readonly=True)
    begun_in_id = fields.Many2one(
        "comm.folder",
        string="Begun in",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The server may have put the message there already: it was asked to, and its answer was not noted. The user may"
        " have changed his mind since.",
    )
    attempts = fields.Integer(string="Refused", default=0, required=True, readonly=True)
    delays = fields.Integer(
        default=0, required=True, readonly=True, help="How often the server asked to come back later."
    )
    broken_times = fields.Integer(
        readonly=True,
        help="How often in a row the connection broke while the server was told of this, alone or with others.",
    )
    last_error = fields.Text(string="Reason", readonly=True)
    summary = fields.Char(string="Change", compute="_compute_summary")

    _one_per_message = models.UniqueIndex(f"(message_id, kind, COALESCE(flag, '')) WHERE {ONE_PER_MESSAGE}")
    _of_mailbox = models.Index("(mailbox_id, id)")
    _of_message = models.Index("(message_id) WHERE message_id IS NOT NULL")

    @api.depends("kind", "flag", "value", "folder_id.complete_name", "new_path")
    @api.depends_context("lang")
    def _compute_summary(self):
        for operation in self:
            operation.summary = operation._describe()

    def _describe(self):
        _ = self.env._
        folder = self.folder_id.complete_name
        match self.kind, self.flag, self.value:
            case "flag", r"\Seen", value:
                return _("Mark as read") if value else _("Mark as unread")
            case "flag", r"\Flagged", value:
                return _("Set the flag") if value else _("Remove the flag")
            case "flag", r"\Answered", value:
                return _("Mark as answered") if value else _("Mark as not answered")
            case "flag", "$Forwarded", value:
                return _("Mark as forwarded") if value else _("Mark as not forwarded")
            case "flag", keyword, value:
                return _("Set the keyword “%s”", keyword) if value else _("Remove the keyword “%s”", keyword)
            case "move", *_rest:
                return _("Move to “%s”", folder)
            case "copy", *_rest:
                return _("Copy to “%s”", folder)
            case "append", *_rest:
                return _("Store in “%s”", folder)
            case "expunge", *_rest:
                return _("Delete for good")
            case "create_folder", *_rest:
                return _("Create the folder “%s”", self.path)
            case "rename_folder", *_rest:
                return _("Rename the folder “%(old)s” to “%(new)s”", old=self.path, new=self.new_path)
            case "empty_folder", *_rest:
                return _("Empty the folder “%s”", folder)
            case _else:
                return _("Delete the folder “%s”", self.path)

    # Working off

    @api.model
    def _pending(self, mailbox):
        """Return what the server of ``mailbox`` has still to learn, in the order in which it is to be told.

        Only for who holds the lease of the mailbox, so that nothing is on its way: moves that lead where the message
        lies, because the user moved it back, are dropped here and not where they were made. What was put back from a folder
        made by hand has to be found there first (see ``_store_anew``), and so has that of which a move before was begun.
        """
        pending = self.search([("mailbox_id", "=", mailbox.id)])
        if not pending:
            return pending
        self.flush_model()
        mailbox.env["comm.message"].flush_model(["server_folder_id"])
        self.env.cr.execute(
            SQL(
                """DELETE FROM comm_operation USING comm_message AS message
                    WHERE comm_operation.mailbox_id = %s AND kind = 'move' AND came_from_id IS NULL
                      AND begun_in_id IS NULL
                      AND message.id = comm_operation.message_id AND message.server_folder_id = comm_operation.folder_id""",
                mailbox.id,
            )
        )
        self._forget_cache()
        return self.search([("mailbox_id", "=", mailbox.id)])

    @api.model
    def _done(self, revisions):
        """Forget what the server has learned, unless the user changed his mind meanwhile. The caller commits.

        The folder of a ``delete_folder`` goes with it.

        :param revisions: ``{operation id: revision that the server was told}``
        :raise psycopg2.errors.SerializationFailure: when the user did so in this moment; begin a new transaction
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """DELETE FROM comm_operation
                    USING unnest(%s::int[], %s::int[]) AS told (id, revision)
                    WHERE comm_operation.id = told.id AND comm_operation.revision = told.revision
                RETURNING comm_operation.kind, comm_operation.folder_id""",
                list(revisions),
                list(revisions.values()),
            )
        )
        self._forget_cache()
        deleted = [folder_id for kind, folder_id in rows if kind == "delete_folder"]
        if deleted:
            # sudo: the folder is gone from the server; who asked for that was checked then.
            folders = self.env["comm.folder"].sudo().browse(deleted).exists()
            # Put there after it was decided: nothing of that is on a server.
            folders._unsent()._keep_unsent()
            folders.unlink()

    @api.model
    def _refused(self, revisions, text, temporary=False, tries=None):
        """Note that the server did not do it.

        What it refused for good several times is undone, with a warning event; a change of a folder at once, because others
        build on it.

        :param revisions: as in :meth:`_done`
        :param text: the reason, translated and without secrets
        :param temporary: the server asks to come back later; that does not count
        :param tries: after how many it is undone, when other than usual
        """
        self.flush_model()
        text = clean(text or "-", MAX_TEXT)
        rows = self.env.execute_query(
            SQL(
                """UPDATE comm_operation
                      SET attempts = attempts + %s, delays = delays + %s, last_error = %s,
                          write_date = now() AT TIME ZONE 'UTC'
                     FROM unnest(%s::int[], %s::int[]) AS told (id, revision)
                    WHERE comm_operation.id = told.id AND comm_operation.revision = told.revision
                RETURNING comm_operation.id, comm_operation.attempts, comm_operation.delays""",
                0 if temporary else 1,
                1 if temporary else 0,
                text,
                list(revisions),
                list(revisions.values()),
            )
        )
        self._forget_cache()
        if temporary:
            self.browse(row[0] for row in rows if row[2] == DELAYS_BEFORE_WARNING)._warn_of_delay(text)
            return
        # sudo: called by the engine.
        operations = self.sudo().browse(row[0] for row in rows)
        operations.filtered(lambda operation: operation.kind in FOLDER_KINDS)._folder_refused(text)
        tries = tries or REFUSALS_BEFORE_UNDO
        hopeless = self.sudo().browse(row[0] for row in rows if row[1] >= tries).exists()
        # What was sent or written is nowhere else: it is tried on, less often.
        kept = hopeless.filtered(lambda operation: operation.kind == "append" and not operation.came_from_id)
        kept.filtered(lambda operation: operation.attempts == REFUSALS_BEFORE_UNDO)._warn_of_waiting(text)
        hopeless -= kept
        for mailbox, refused in hopeless.grouped("mailbox_id").items():
            _ = mailbox.env._
            told = (
                _("The server refused changes again and again, so they were undone: %(count)s. %(reason)s")
                if tries > 1
                else _("The server refused changes, so they were undone: %(count)s. %(reason)s")
            )
            told %= {"count": len(refused), "reason": text}
            refused._tell_undone(mailbox, told)
            # Its last word is that it did not do it.
            refused.begun_in_id = False
            refused._undo()

    def _note_broken(self):
        """Note that the connection broke while the server was told of these. The caller commits."""
        for times, operations in self.exists().grouped("broken_times").items():
            operations.broken_times = times + 1

    def _waits(self):
        """Whether the server refused this so often that it is asked less often now."""
        return self.attempts >= REFUSALS_BEFORE_UNDO and self.write_date > fields.Datetime.now() - WAIT_AFTER_REFUSALS

    def _warn_of_waiting(self, text):
        for mailbox, operations in self.grouped("mailbox_id").items():
            told = mailbox.env._(
                "The server does not take what was sent or written. It stays in Odoo, and is tried again every hour:"
                " %(count)s. %(reason)s",
                count=len(operations),
                reason=text,
            )
            mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "push", told)

    def _warn_of_delay(self, text):
        # sudo: called by the engine.
        for mailbox, operations in self.sudo().grouped("mailbox_id").items():
            mailbox.env["comm.mailbox.event"]._log(
                mailbox,
                "warning",
                "push",
                mailbox.env._(
                    "The server asks again and again to come back later, so changes wait: %(count)s. %(reason)s",
                    count=len(operations),
                    reason=text,
                ),
            )

    # Taking back

    def action_discard(self):
        """Give up these changes: Odoo goes back to what the server has."""
        self.check_access("read")
        for mailbox in self.mailbox_id:
            if not mailbox.has_access("write"):
                mailbox._check_mail_access("write")
        self._discard()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _discard(self):
        # sudo: nobody has a right to write here; the right to discard was checked by the caller.
        for mailbox, operations in self.sudo().grouped("mailbox_id").items():
            text = self.env._(
                "Changes discarded by %(user)s before the server learned of them: %(count)s.",
                user=self.env.user.name,
                count=len(operations),
            )
            operations.env["comm.mailbox.event"]._log(mailbox, "info", "push", text)
            operations._undo()

    def _undo(self):
        """Show again what the server has, as far as that is known; the next sync brings the rest."""
        # There is nothing to show of what may be there.
        notes = self.filtered(lambda operation: operation._notes_versions())
        self -= notes
        notes.message_id.unlink()
        # Mail that stays in a folder after all is not to be deleted with it.
        staying = self.filtered(lambda operation: operation.kind in ("move", "copy")).message_id.server_folder_id
        self |= self.search([("kind", "=", "delete_folder"), ("folder_id", "parent_of", staying.ids)])
        # The engine's key: what is undone is not to be told to the server.
        by_kind = self.with_context(comm_sync=True, active_test=False).grouped("kind")
        nothing = self.browse()
        expunging = by_kind.get("expunge", nothing)
        for folder, moved in (by_kind.get("move", nothing) | expunging).message_id.grouped("server_folder_id").items():
            if folder:
                moved.write({"folder_id": folder.id})
        expunging.message_id.write({"active": True})
        # Refused half-way, a message was marked as deleted on the server already.
        marked = expunging.filtered("last_error").message_id
        # What the marks were is not known any more: all marks of these folders are read again.
        by_kind.get("flag", nothing).message_id.server_folder_id.write({"highestmodseq": 0, "flags_cursor": 0})
        # The latest first: each goes back to the path that the one before had made.
        for operation in self.filtered(lambda operation: operation.kind in FOLDER_KINDS).sorted("id", reverse=True):
            operation._undo_folder()
        self.exists()._forget()
        self._enqueue_flags(marked, r"\Deleted", False)

    def _notes_versions(self):
        """Whether this notes that versions of a draft may be where they were begun: see ``sync.older_drafts``."""
        message = self.message_id
        return self.kind == "expunge" and bool(self.begun_in_id) and not message.date and not message.uid

    def _forget(self):
        """Drop these; what was begun has still to be found out, and to be taken back."""
        begun = self.filtered(
            lambda operation: (
                operation.begun_in_id
                and operation.message_id.server_folder_id
                and (operation.kind == "expunge" or operation.kind == "move" and not operation._leads_back())
            )
        )
        (self - begun).unlink()
        begun.kind = "move"
        for folder, messages in begun.message_id.grouped("server_folder_id").items():
            self._enqueue(messages, "move", folder)

    def _leads_back(self):
        return self.folder_id == self.message_id.server_folder_id

    def _forget_cache(self):
        self.env["comm.operation"].invalidate_model(flush=False)
        self.env["comm.mailbox"].invalidate_model(["operation_count"], flush=False)
