from odoo import api, models


class CommStructureEntry(models.Model):
    """Taking back the last step of an editor: a place that was removed, inserted or renamed."""

    _inherit = "comm.structure.entry"

    def remove(self):
        """Remove this place; what stands below takes its place.

        :return: what :meth:`put_back` needs to bring it back
        """
        self.ensure_one()
        siblings = self._siblings()
        position = list(siblings).index(self)
        if position:
            anchor, mode = siblings[position - 1], "after"
        elif len(siblings) > 1:
            anchor, mode = siblings[1], "before"
        else:
            anchor, mode = self.parent_id, "into"
        place = {
            "scope": self.scope,
            "mailbox_id": self.mailbox_id.id,
            "folder_id": self.folder_id.id,
            "values": {"name": self.name, "icon": self.icon, "color": self.color},
            "anchor_id": anchor.id,
            "mode": mode,
            "child_ids": self.child_ids.ids,
        }
        self.unlink()
        return place

    @api.model
    def put_back(self, place):
        """Bring a removed place back to where it was, or to the end when nothing is there any more beside which it stood.

        :param place: what :meth:`remove` returned
        :return: the id of the new entry
        """
        anchor = self.search([("id", "=", place["anchor_id"] or 0)])
        target = {name: place[name] for name in ("mailbox_id", "folder_id") if place[name]}
        entry = self._create_for(place["scope"], target)
        entry.write({name: place["values"][name] for name in ("name", "icon", "color")})
        # Before the place itself: what stands below may bear the same name, and would be in its way.
        for child in self.search([("id", "in", place["child_ids"])]):
            child.move(entry.id, "into")
        entry.move(anchor.id, place["mode"] if anchor else "after")
        entry._check_name_is_free()
        return entry.id

    def take_back_name(self, before):
        """Undo a renaming.

        :param before: what :meth:`rename` returned
        """
        self.ensure_one()
        if before["folder_name"]:
            self.folder_id.name = before["folder_name"]
        self.name = before["name"]

    def take_back(self, with_folder=False):
        """Undo an insertion.

        :param with_folder: the folder was made for it, and goes too if no mail came into it
        """
        self.ensure_one()
        folder = self.folder_id
        self.unlink()
        if with_folder and folder.is_local and not folder.mailbox_id:
            # sudo: also mail that this user may not read, and what is hidden, keeps the folder.
            messages = self.env["comm.message"].sudo().with_context(active_test=False)
            if not messages.search_count([("folder_id", "child_of", folder.id)], limit=1):
                folder.unlink()
