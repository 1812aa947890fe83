from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..fields import BigInteger

# What a user changes on a folder; everything else mirrors the server and is written by the engine.
USER_FIELDS = {"fetch_mode", "role"}
# What a user decides about a folder made by hand.
LOCAL_FIELDS = {"name", "parent_id", "sequence", "member_ids"}


class CommFolder(models.Model):
    """A folder of an IMAP server, or a local one that exists in Odoo only."""

    _name = "comm.folder"
    _description = "Mail folder"
    _parent_name = "parent_id"
    _parent_store = True
    _order = "mailbox_id, sequence, name, id"
    _rec_name = "complete_name"

    mailbox_id = fields.Many2one("comm.mailbox", index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Made by", ondelete="cascade", help="Owner of a folder made by hand.")
    is_local = fields.Boolean(string="Only in Odoo", help="Not on a mail server: made by hand.")
    name = fields.Char(required=True)
    path = fields.Char(help="The folder's full name on the server.")
    delimiter = fields.Char(size=1)
    complete_name = fields.Char(compute="_compute_complete_name", recursive=True, store=True)
    parent_id = fields.Many2one("comm.folder", index=True, ondelete="cascade")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("comm.folder", "parent_id")
    sequence = fields.Integer(default=50)
    role = fields.Selection(
        [
            ("inbox", "Inbox"),
            ("drafts", "Drafts"),
            ("sent", "Sent"),
            ("archive", "Archive"),
            ("junk", "Junk"),
            ("trash", "Trash"),
            ("outbox", "Outbox"),
        ],
    )
    subscribed = fields.Boolean()
    is_selectable = fields.Boolean(string="Holds mail", default=True)
    is_missing = fields.Boolean(
        string="Gone from the server", help="What Odoo holds of this folder is kept until somebody deletes it here."
    )
    fetch_mode = fields.Selection(
        [("no", "Only by hand"), ("this", "This folder"), ("tree", "This folder and all below, also future ones")],
        string="Automatic fetch",
        required=True,
        default="no",
    )
    message_count = fields.Integer(string="Messages", readonly=True, default=0)
    unread_count = fields.Integer(string="Unread", readonly=True, default=0)

    # Sync state: see the package sync
    uidvalidity = BigInteger(readonly=True, default=0)
    uid_high = BigInteger(
        readonly=True, default=0, help="Every UID up to this one was handled by the import of new mail."
    )
    uid_low = BigInteger(
        readonly=True, default=0, help="The first import, newest first, has still to bring the UIDs below this one."
    )
    highestmodseq = BigInteger(
        readonly=True, default=0, help="Every change up to this modification sequence is here (RFC 7162); 0: not known."
    )
    caught_up_at = fields.Datetime(readonly=True, help="When marks and vanished messages were last looked at.")
    # Who waits longest comes first in each step of a visit: a turn may be too short for all folders of a mailbox.
    looked_into_at = fields.Datetime(readonly=True, help="When new mail was last looked for in it.")
    moves_sought_at = fields.Datetime(
        readonly=True, help="When only what other programs moved here was last looked for in it, and not all new mail."
    )
    compared_at = fields.Datetime(readonly=True, help="When what is here was last compared with the server.")
    is_to_compare = fields.Boolean(
        readonly=True, help="It has still to be compared with the server, message by message."
    )
    newest_checked_at = fields.Datetime(
        readonly=True, help="When the newest message was last looked at, whether it is the same on the server."
    )
    keeps_lost = fields.Boolean(
        readonly=True,
        help="It was gone from the server, or was made anew there: what is not found in it stays shown, in a folder beside it.",
    )
    listed_uidvalidity = BigInteger(
        readonly=True, default=0, help="What the server's list said of the folder, whether it was opened or not."
    )
    flags_cursor = BigInteger(
        readonly=True,
        default=0,
        help="Where the next look at old messages' marks begins, on servers without CONDSTORE.",
    )
    server_uidnext = BigInteger(
        readonly=True,
        default=0,
        help="The server's UIDNEXT at the last look at the list: from here on mail is new there.",
    )
    server_count = fields.Integer(readonly=True, default=-1, help="Messages on the server at the last complete sync.")
    broken_at = fields.Datetime(
        readonly=True, help="When the connection broke while this folder was open: it comes last until it works again."
    )
    broken_since = fields.Datetime(readonly=True, help="Since when it broke in each visit.")
    broken_visits = fields.Integer(
        readonly=True, default=0, help="In how many visits in a row the connection broke while this folder was open."
    )
    broken_uid = BigInteger(
        readonly=True,
        default=0,
        help="The message at which the connection broke the last time, or the first of several.",
    )
    broken_last = BigInteger(
        readonly=True,
        default=0,
        help="The last of the messages at one of which it broke; 0: it is known which one it was.",
    )
    broken_times = fields.Integer(readonly=True, default=0, help="How often in a row it did so.")
    silent_uids = fields.Char(readonly=True, help="Messages of which the server does not even tell size and marks.")
    silent_asked_at = fields.Datetime(readonly=True, help="When it was last asked for them.")
    slow_uids = fields.Char(
        readonly=True, help="Messages that are too large for one visit on a slow line: they come in pieces."
    )
    gap = fields.Integer(
        string="Missing",
        readonly=True,
        default=0,
        help="How many messages the server had more than Odoo, after the last sync.",
    )

    _path_once = models.UniqueIndex("(mailbox_id, path) WHERE mailbox_id IS NOT NULL AND path IS NOT NULL")

    @api.depends("name", "parent_id.complete_name")
    def _compute_complete_name(self):
        for folder in self:
            parent = folder.parent_id.complete_name
            folder.complete_name = f"{parent} / {folder.name}" if parent else folder.name

    @api.constrains("parent_id", "mailbox_id", "user_id")
    def _check_parent(self):
        """Below a folder of somebody else, this one would show its name, and would be deleted with it."""
        for folder in self:
            parent = folder.sudo().parent_id
            if parent and (parent.mailbox_id, parent.user_id) != (folder.mailbox_id, folder.user_id):
                raise ValidationError(self.env._("A folder and the one above it belong to the same mailbox or person."))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_made_by_hand(vals.get("is_local") and not vals.get("mailbox_id") for vals in vals_list)
        folders = super().create(vals_list)
        # The context may have added a mailbox.
        self._check_made_by_hand(folder.is_local and not folder.mailbox_id for folder in folders)
        return folders

    def write(self, vals):
        if not self.env.su and self.mailbox_id and vals.keys() - USER_FIELDS:
            raise AccessError(
                self.env._("This is decided by the mail server. Change it there and refresh the folders.")
            )
        if not self.env.su and not self.mailbox_id and vals.keys() - LOCAL_FIELDS:
            raise AccessError(
                self.env._("A folder made by hand stays its maker's. Only its name and place can be changed.")
            )
        return super().write(vals)

    def unlink(self):
        self.check_access("unlink")
        # Messages first and through the ORM, so that their attachments go with them; then the folders, leaves first.
        below = self.sudo().search([("id", "child_of", self.ids)], order="parent_path desc")
        messages = self.env["comm.message"].sudo().with_context(active_test=False)
        messages.search([("folder_id", "in", below.ids)]).unlink()
        # What is shown elsewhere stays there.
        messages.with_context(comm_sync=True).search([("server_folder_id", "in", below.ids)]).write(
            {"server_folder_id": False, "uid": False}
        )
        return super(CommFolder, below.with_env(self.env) if not self.env.su else below).unlink()

    @api.model
    def _check_made_by_hand(self, answers):
        if not self.env.su and not all(answers):
            raise AccessError(self.env._("Folders of a mail server come with “Refresh folder structure”."))

    def _kept_beside(self):
        """Return the folder, gone from the server, that keeps what was in another one under the name of this one."""
        self.ensure_one()
        vals = {
            "mailbox_id": self.mailbox_id.id,
            "parent_id": self.parent_id.id,
            "name": self._shown_name(self.name, self.role),
            "is_missing": True,
        }
        kept = self.search([("path", "=", False), *((name, "=", value) for name, value in vals.items())], limit=1)
        return kept or self.create({**vals, "sequence": self.sequence})

    def fetch_mail(self):
        """Fetch this folder now, whatever its mode.

        :return: the number of messages that came
        :raise UserError: with what went wrong and what to do
        """
        imported = 0
        for mailbox, folders in self.grouped("mailbox_id").items():
            if mailbox:
                imported += mailbox._fetch_now(folders)
        if gone := self.exists().filtered("is_missing")[:1]:
            raise UserError(
                self.env._(
                    "“%s” is not on the mail server any more. What Odoo holds of it stays until you delete the folder here.",
                    gone.name,
                )
            )
        return imported

    def action_fetch_mail(self):
        imported = self.fetch_mail()
        return self.mailbox_id[:1]._notify(
            self.env._("Messages fetched: %s", imported) if imported else self.env._("No new messages.")
        )

    @api.model
    def _shift_counts(self, shifts):
        """Add to the kept counts.

        :param shifts: ``{folder id: (messages, unread)}``, negative numbers allowed
        """
        for folder_id, (messages, unread) in sorted(shifts.items()):
            if messages or unread:
                # SQL, so that two transactions add and neither overwrites; sorted, so that they cannot deadlock.
                self.env.cr.execute(
                    SQL(
                        "UPDATE comm_folder SET message_count = message_count + %s, unread_count = unread_count + %s"
                        " WHERE id = %s",
                        messages,
                        unread,
                        folder_id,
                    )
                )
        self.browse(shifts).invalidate_recordset(["message_count", "unread_count"], flush=False)
        self.env["comm.mailbox"].invalidate_model(["message_count", "unread_count"], flush=False)
