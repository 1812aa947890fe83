from odoo import api, fields, models
from odoo.exceptions import UserError


class CommMessageUndo(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """What messages were before a user changed them, so that one press of "Undo" brings that back, however many they are.

    No wizard, but forgotten like one.
    """

    _name = "comm.message.undo"
    _description = "Change that can be undone"

    places = fields.Json(readonly=True, help="Ids of messages by the id of the folder they lay in.")
    unread = fields.Json(readonly=True, help="Ids of messages that were unread.")

    @api.model
    def _note(self, messages):
        """Note where these messages lie now.

        :return: the id to undo with; False when nothing can be undone
        """
        places = {str(folder.id): lying.ids for folder, lying in messages.grouped("folder_id").items()}
        return self.create({"places": places}).id if places else False

    @api.model
    def _note_unread(self, messages):
        """Note that these messages are unread; return as ``_note``."""
        return self.create({"unread": messages.ids}).id if messages else False

    def undo(self):
        """Move the messages back, or make them unread again; those that went elsewhere for good meanwhile stay away.

        :return: how many messages these are
        """
        self.ensure_one()
        # Transient records are read by their creator alone, but the superuser's answer would not be the user's.
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This cannot be undone any more."))
        count = 0
        for folder_id, ids in (self.places or {}).items():
            messages = self._still_there(ids)
            messages.move_to(int(folder_id))
            count += len(messages)
        if self.unread:
            messages = self._still_there(self.unread)
            messages.write({"is_seen": False})
            count += len(messages)
        self.unlink()
        return count

    def _still_there(self, ids):
        return self.env["comm.message"].browse(ids).exists().filtered("active")
