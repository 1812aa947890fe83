"""What the server has still to learn of some messages: the user's change wins over what the server says meanwhile."""

from collections import defaultdict

from . import store


class Pending:
    """The operations that wait for ``messages``, read by one query."""

    def __init__(self, messages):
        self._operations = messages.env["comm.operation"].search_fetch(
            [("message_id", "in", messages.ids), ("kind", "in", ("flag", "move", "expunge", "append"))],
            ["kind", "message_id", "flag", "value", "folder_id", "begun_in_id"],
        )
        self._flags = defaultdict(list)
        self.moving = {}  # message id to the folder id where the user put it
        self.expunging = set()  # ids of messages that the user deleted for good
        self.appending = set()  # ids of messages that are still to be stored on the server
        for operation in self._operations:
            message_id = operation.message_id.id
            if operation.kind == "flag":
                self._flags[message_id].append(operation)
            elif operation.kind == "move":
                self.moving[message_id] = operation.folder_id.id
            elif operation.kind == "append":
                self.appending.add(message_id)
            else:
                self.expunging.add(message_id)

    def flag_values(self, message_id, flags):
        """Return the fields for the server's ``flags``, except what the user changed meanwhile."""
        flags = set(flags)
        for operation in self._flags.get(message_id, ()):
            (flags.add if operation.value else flags.discard)(operation.flag)
        if message_id in self.expunging:
            flags.add(store.DELETED)
        return store.flag_values(flags)

    def drop_deletions_outside_trash(self, folder, message_ids):
        """Forget that these messages were to be deleted for good if they turned up where nobody deleted them."""
        rescued = self._operations.filtered(
            lambda operation: (
                operation.kind == "expunge"
                and operation.message_id.id in message_ids
                and not operation._may_expunge_in(folder)
            )
        )
        self.expunging.difference_update(rescued.message_id.ids)
        self._operations -= rescued
        rescued._drop_rescued()

    def drop_moves_to(self, folder, message_ids):
        """Forget the moves of these messages that turned out to be done; their copies may still have to move there.

        Where the user changed his mind since, what was begun is done, and goes on from there.
        """
        of_these = self._operations.filtered(lambda operation: operation.message_id.id in message_ids)
        of_these.filtered(lambda operation: operation.begun_in_id == folder).begun_in_id = False
        done = of_these.filtered(lambda operation: operation.kind == "move" and operation.folder_id == folder)
        for operation in done:
            del self.moving[operation.message_id.id]
        self._operations -= done
        done.unlink()
