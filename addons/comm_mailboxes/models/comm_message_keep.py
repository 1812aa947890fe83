from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..protocol.imap_messages import FetchedMessage
from ..protocol.mime import identity_of, read
from ..sync import store
from ..sync.errors import MessageGone

# What is fetched while somebody waits, bytes and messages; more is moved in several goes.
MAX_BYTES = 100_000_000
MAX_MESSAGES = 1000


class CommMessage(models.Model):
    """Mail in folders made by hand lies nowhere but in Odoo, with its original, which any mail program can read.

    First the original is brought and kept; then the server's copy, which has a record of its own from there on, goes to
    the trash like anything that is deleted. Who cannot reach the server changes nothing.
    """

    _inherit = "comm.message"

    # Only what was made then is its copy: header and size are those of other mails, too.
    kept_as_id = fields.Many2one(
        "comm.message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The message in a folder made by hand of which this is what the server has.",
    )

    def _check_may_keep_in(self, folder):
        """Raise unless the current user may put these messages into this folder made by hand."""
        if not self.env.su and not folder._filtered_kept("write"):
            raise UserError(
                self.env._(
                    "You may not put mail into “%s”. Take a folder that you made by hand yourself, or ask a manager of"
                    " shared mailboxes for the right to write there.",
                    folder.name,
                )
            )

    def _keep_in(self, folder):
        """Move to a folder made by hand."""
        moved = self.filtered(lambda message: message.folder_id != folder)
        originals = moved._bring_originals()
        # sudo: where a message lies is not a field that users write; that they may move it was checked by the caller.
        moved = moved.sudo().with_context(comm_sync=True)
        moved._part_from_server(folder)
        moved._attach_originals(originals)

    def _part_from_server(self, folder):
        """Lie in ``folder``, made by hand, from here on. What the server has gets a record of its own and goes to the trash."""
        placed = self._placed().filtered("uid")
        places = {message: (message.server_folder_id, message.uid) for message in placed}
        self.write({"folder_id": folder.id, "mailbox_id": False, "server_folder_id": False, "uid": False})
        # The old places are taken next.
        self.flush_recordset(["server_folder_id", "uid"])
        copies = placed.browse()
        for server_folder, lying in placed.grouped(lambda message: places[message][0]).items():
            pairs = [(message, message._as_fetched(places[message][1])) for message in lying]
            twins = store.duplicate(server_folder, pairs)
            for twin, message in zip(twins, lying, strict=True):
                twin.kept_as_id = message
            self._hand_over_operations(dict(zip(lying.ids, twins.ids, strict=True)))
            copies |= twins
        leaving = (
            self.env["comm.operation"].search([("message_id", "in", copies.ids), ("kind", "=", "move")]).message_id
        )
        for mailbox, twins in copies.grouped("mailbox_id").items():
            trash = mailbox._trash_for_deletion()
            staying = (twins - leaving).filtered(lambda twin, trash=trash: trash._is_above(twin.folder_id))
            (twins - staying)._send_to(trash)

    def _keep_copy_in(self, folder):
        """Copy to a folder made by hand."""
        originals = self._bring_originals()
        # sudo: as in _keep_in.
        messages = self.sudo().with_context(comm_sync=True)
        copies = store.duplicate(folder.sudo(), [(message, message._as_fetched(False)) for message in messages])
        copies.write({"server_folder_id": False})
        copy_of = dict(zip(messages.ids, copies.ids, strict=True))
        copies._attach_originals({copy_of[id_]: raw for id_, raw in originals.items()})

    def _put_on_server(self, folder):
        """Move from a folder made by hand to one on a server: the copy in its trash comes back, else a new one is stored.

        So it is, too, when the server is told and has no such copy any more: see ``comm.operation._store_anew``.
        """
        # sudo: as in _keep_in.
        messages = self.sudo().with_context(comm_sync=True)
        origins = {message.id: message.folder_id.id for message in messages}
        mailbox = folder.sudo().mailbox_id
        if mailbox.kind == "pop3":
            # Its inbox is a folder of Odoo's: no server has to learn of it.
            messages.write({"mailbox_id": mailbox.id, "folder_id": folder.id})
            return
        twins = messages._twins_in_trash(mailbox)
        self._hand_over_operations({twins[message].id: message.id for message in twins})
        vals_by_id = {
            message.id: {
                "mailbox_id": mailbox.id,
                "folder_id": twin.folder_id.id,
                "server_folder_id": twin.server_folder_id.id,
                "uid": twin.uid,
            }
            for message, twin in twins.items()
        }
        marks = {message: (store.flags_of(message), store.flags_of(twin)) for message, twin in twins.items()}
        messages.browse(twin.id for twin in twins.values()).unlink()
        messages.flush_model()
        returning = messages.browse(vals_by_id)
        returning._write_each(vals_by_id)
        self._tell_marks(marks)
        # Though it seem to lie there already: the server may not have it any more.
        self.browse(vals_by_id)._send_to(folder)
        new = messages - returning
        kept = new._sources()
        lost = new.filtered(lambda message: message.id not in kept)
        if header := lost.filtered("is_partial")[:1]:
            raise UserError(
                self.env._("The original of “%s” is not here, so no mail server can get it.", header.subject or "-")
            )
        lost._keep_rebuilt()
        new.write({"mailbox_id": mailbox.id, "folder_id": folder.id})
        self.env["comm.operation"]._enqueue(new, "append", folder)
        self.env["comm.operation"]._note_origins(origins)

    def _tell_marks(self, marks):
        """Have the server learn of marks that were made where no server is.

        :param marks: ``{message: (its marks, those that the server has)}``
        """
        for flag in sorted(set().union(*(here ^ there for here, there in marks.values()))):
            differing = {message.id: flag in here for message, (here, there) in marks.items() if flag in here ^ there}
            for value in (True, False):
                messages = self.browse(id_ for id_, wanted in differing.items() if wanted == value)
                self.env["comm.operation"]._enqueue_flags(messages, flag, value)

    def _twins_in_trash(self, mailbox):
        """Return ``{message: its copy}`` for those whose copy lies in the trash of ``mailbox``, on the server."""
        trash = mailbox._folder_with_role("trash")
        if not trash:
            return {}
        twins = self.search(
            [
                ("kept_as_id", "in", self.ids),
                ("folder_id", "child_of", trash.id),
                ("server_folder_id", "!=", False),
            ]
        )
        return {twin.kept_as_id: twin for twin in twins._placed()}

    def _hand_over_operations(self, successors):
        """Let what the server has still to learn of messages concern others from now on.

        :param successors: ``{message id: id of the other}``
        """
        self.env["comm.operation"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE comm_operation SET message_id = other.id, came_from_id = NULL
                     FROM unnest(%s::int[], %s::int[]) AS other (message_id, id)
                    WHERE comm_operation.message_id = other.message_id""",
                list(successors),
                list(successors.values()),
            )
        )
        self.env["comm.operation"].invalidate_model(flush=False)

    def _as_fetched(self, uid):
        return FetchedMessage(uid, frozenset(store.flags_of(self)), self.internal_date, self.size, b"")

    # The original

    def _bring_originals(self):
        """Return ``{message id: bytes}`` of those that lie on a server and whose original is not kept yet.

        Commits what the caller did before.

        :raise UserError: with what went wrong; nothing was changed then
        """
        queued = self._queued()
        if on_its_way := queued.filtered(lambda message: not message.uid)[:1]:
            raise UserError(self.env._("“%s” is still on its way. Try again in a moment.", on_its_way.subject or "-"))
        # sudo: which messages have their source is asked of their readers.
        kept = queued.sudo()._sources()
        wanted = queued.filtered(lambda message: message.id not in kept)
        # sudo: a question about the mailbox, which who moves mail of it need not be able to edit.
        headers = self.filtered(lambda message: message.is_partial and message.sudo().mailbox_id.kind == "pop3")
        if len(wanted) > MAX_MESSAGES or sum((wanted | headers).mapped("size")) > MAX_BYTES:
            raise UserError(
                self.env._(
                    "That is too much at once for a folder made by hand. Take at most %(count)s messages or %(size)s MB.",
                    count=MAX_MESSAGES,
                    size=formatLang(self.env, MAX_BYTES / 1_000_000, digits=0),
                )
            )
        before = {message: (message.subject, message.server_folder_id, message.uid) for message in self}
        (wanted | headers).load_from_server()
        originals = {}
        for mailbox, messages in wanted.grouped("mailbox_id").items():
            # sudo: connects with the mailbox' password for somebody who may change its mail.
            originals |= mailbox.sudo()._ask_server(messages.sudo()._original_reader())
        self.env.invalidate_all()
        there = self._chosen()
        for message, (subject, *place) in before.items():
            if message not in there or (message in wanted and place != [message.server_folder_id, message.uid]):
                raise UserError(self.env._("“%s” was moved or deleted meanwhile. Try again.", subject or "-"))
        return originals

    def _original_reader(self):
        """Return what reads the originals of these messages, given a session. It needs no database any more."""
        by_folder = defaultdict(dict)
        for message in self:
            folder = message.server_folder_id
            by_folder[folder.path, folder.uidvalidity][message.uid] = (message.id, message.identity, message.size)

        def read(session):
            originals = {}
            for (path, uidvalidity), wanted in by_folder.items():
                if session.examine(path).uidvalidity != uidvalidity:
                    raise MessageGone
                found = {fetched.uid: fetched for fetched in session.messages(sorted(wanted))}
                for uid, (message_id, identity, size) in wanted.items():
                    fetched = found.get(uid)
                    # Nothing goes to the trash of which not exactly this is here.
                    if not fetched or not fetched.raw or (identity and identity_of(fetched.raw, size) != identity):
                        raise MessageGone
                    originals[message_id] = bytes(fetched.raw)
            return originals

        return read

    def _keep_rebuilt(self):
        """Keep, as the original from now on, what can be made of messages that no server had any more when they came here."""
        for message in self:
            raw = message._rebuilt()
            message._attach_originals({message.id: raw})
            message.write(
                {"message_id": read(raw).message_id, "size": len(raw), "identity": identity_of(raw, len(raw)) or False}
            )

    def _attach_originals(self, originals):
        """Keep the originals with these messages."""
        attachments = self.env["ir.attachment"].with_context(attachments_mime_plainxml=True)
        attachments.create(
            [
                {
                    "name": "source.eml",
                    "mimetype": "text/plain",
                    "raw": originals[message.id],
                    "res_model": self._name,
                    "res_id": message.id,
                    "comm_is_source": True,
                }
                for message in self
                if message.id in originals
            ]
        )
        self.invalidate_recordset(["attachment_ids"], flush=False)
