from odoo import fields, models
from odoo.tools import SQL

from ..protocol.imap_messages import FetchedMessage
from ..sync import store


class CommOperation(models.Model):
    """Mail that leaves a folder made by hand for a server comes back there when the server does not take it.

    Its copy in the trash goes on to be what the server has of it.
    """

    _inherit = "comm.operation"

    came_from_id = fields.Many2one(
        "comm.folder",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The folder made by hand that the message leaves; until the server has it elsewhere, it can go back.",
    )

    def _note_origins(self, folder_ids):
        """Note from which folders made by hand messages are on their way to a server.

        :param folder_ids: ``{message id: folder id}``
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE comm_operation SET came_from_id = origin.folder_id
                     FROM unnest(%s::int[], %s::int[]) AS origin (message_id, folder_id)
                    WHERE comm_operation.message_id = origin.message_id AND kind IN ('move', 'append')""",
                list(folder_ids),
                list(folder_ids.values()),
            )
        )
        self._forget_cache()

    def _undo(self):
        left = self - self._bring_back()
        return super(CommOperation, left.exists())._undo()

    def _bring_back(self):
        """Show again in folders made by hand what came from there and has its original here; return what is undone by that."""
        returning = self.filtered("came_from_id")
        kept = returning.message_id._sources()
        returning = returning.filtered(lambda operation: operation.message_id.id in kept)
        messages = returning.message_id.with_context(comm_sync=True, active_test=False)
        origins = {operation.message_id: operation.came_from_id for operation in returning}
        # What the server has of it, its copy, is told of marks; where it has nothing, nobody is.
        unplaced = messages.filtered(lambda message: not message.uid)
        done = returning | self.search([("message_id", "in", unplaced.ids)])
        undone = self & done
        returning._have_deleted_again()
        done._forget()
        messages.write({"active": True})
        for folder, some in messages.grouped(origins.__getitem__).items():
            some._part_from_server(folder)
        return undone

    def _have_deleted_again(self):
        """Have deleted what the server may have stored of these already, which is looked for first: see ``sync.there``."""
        for begun in self.filtered(lambda operation: operation.kind == "append" and operation.begun_in_id):
            message, deleted = begun.message_id, frozenset({store.DELETED})
            # It arrived when it was said to.
            stored = FetchedMessage(False, deleted, message.date, message.size, b"")
            twin = store.duplicate(begun.begun_in_id, [(message, stored)])
            self._enqueue(twin, "expunge")
            self.search([("message_id", "=", twin.id)]).write(
                {"begun_in_id": begun.begun_in_id.id, "uidvalidity": begun.uidvalidity, "uid_below": begun.uid_below}
            )
