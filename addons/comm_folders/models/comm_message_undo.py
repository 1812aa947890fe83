from odoo import api, fields, models
from odoo.exceptions import UserError


class CommMessageUndo(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """Where messages lay before a user moved them, so that one press of "Undo" brings them back, however many they are.

    No wizard, but forgotten like one.
    """

    _name = "comm.message.undo"
    _description = "Move that can be undone"

    places = fields.Json(required=True, readonly=True, help="Ids of messages by the id of the folder they lay in.")

    @api.model
    def _note(self, messages):
        """Note where these messages lie now.

        :return: the id to undo with; False when nothing can be undone
        """
        places = {str(folder.id): lying.ids for folder, lying in messages.grouped("folder_id").items()}
        return self.create({"places": places}).id if places else False

    def undo(self):
        """Move the messages back; those that went elsewhere for good meanwhile stay away.

        :return: the ids of the messages moved
        """
        self.ensure_one()
        # Transient records are read by their creator alone, but the superuser's answer would not be the user's.
        if self.create_uid != self.env.user:
            raise UserError(self.env._("This cannot be undone any more."))
        moved = []
        for folder_id, ids in self.places.items():
            messages = self.env["comm.message"].browse(ids).exists().filtered("active")
            messages.move_to(int(folder_id))
            moved += messages.ids
        self.unlink()
        return moved
