"""Whoever sees another tree now is told with the commit, in each of their windows; see ``comm_news``."""

from contextlib import contextmanager

from odoo import api, models


class CommNewsTree(models.AbstractModel):
    """Of what the tree of some people is made: whoever changes it, they are told, and so are those who saw it before."""

    _name = "comm.news.tree"
    _description = "Part of a tree that is shown"

    # The fields of which it shows something; None: all of them.
    _shown_in_tree = None

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._note_people()
        return records

    def write(self, vals):
        if self._shown_in_tree is not None and not self._shown_in_tree & vals.keys():
            return super().write(vals)
        self._note_people()
        result = super().write(vals)
        self._note_people()
        return result

    def unlink(self):
        self._note_people()
        return super().unlink()

    def _note_people(self):
        """Note with ``comm.folder._note_readers`` whose tree these are part of."""
        raise NotImplementedError


class CommStructureEntry(models.Model):
    _name = "comm.structure.entry"
    _inherit = ["comm.structure.entry", "comm.news.tree"]

    _shown_in_tree = frozenset({"parent_id", "sequence", "name", "icon", "color"})

    def _note_people(self):
        """Note that these places are others for who sees them."""
        # sudo: who sees a place is asked to tell them.
        entries = self.sudo()
        shared = entries.filtered(lambda entry: entry.scope == "shared")
        by_hand = shared.folder_id.filtered(lambda folder: not folder.mailbox_id)
        readers = shared.content_mailbox_id.member_ids._people() | by_hand.member_ids._people()
        self.env["comm.folder"]._note_readers(entries.user_id | readers)


class ResGroups(models.Model):
    _inherit = "res.groups"

    def write(self, vals):
        if not {"user_ids", "implied_ids", "implied_by_ids"} & vals.keys():
            return super().write(vals)
        with self._telling_members():
            return super().write(vals)

    def unlink(self):
        with self._telling_members():
            return super().unlink()

    @api.model
    @contextmanager
    def _telling_members(self):
        """Note for whom what is done meanwhile makes, or ends, a membership of what groups share, or the right to mail."""
        # sudo: which groups share something, and who is in them, is asked to tell them.
        env = self.env(su=True)
        groups = env["comm.mailbox.member"]._groups_named() | env["comm.folder.member"]._groups_named()
        # Without this one there is no tree.
        groups |= env.ref("comm_mailboxes.group_user")
        before = groups._people_by_group()
        yield
        after = groups.exists()._people_by_group()
        changed = env["res.users"]
        for group_id, users in before.items():
            now = after.get(group_id, changed.browse())
            changed |= (users - now) | (now - users)
        env["comm.folder"]._note_readers(changed)

    def _people_by_group(self):
        """Return ``{group id: users}``, those of groups within them, too."""
        groups = self.with_context(active_test=False)
        # At once: Odoo's own computation asks for each group.
        groups.all_implied_by_ids.fetch(["user_ids"])
        return {group.id: group.all_implied_by_ids.user_ids for group in groups}


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        if "active" in vals:
            # Their sessions end, which their windows learn when something is told to them.
            self.env["comm.folder"]._note_readers(self)
        if "group_ids" not in vals:
            return super().write(vals)
        with self.env["res.groups"]._telling_members():
            return super().write(vals)


class CommMailbox(models.Model):
    _name = "comm.mailbox"
    _inherit = ["comm.mailbox", "comm.news.tree"]

    # Where the server cannot be reached, also its messages show which changes wait.
    _shown_in_tree = frozenset({"name", "active", "state"})

    def _note_people(self):
        # sudo: who is told is decided by the mailboxes.
        mailboxes = self.sudo()
        shared = mailboxes.filtered(lambda mailbox: mailbox.scope == "shared")
        self.env["comm.folder"]._note_readers((mailboxes - shared).user_id | shared.member_ids._people())


class CommMember(models.AbstractModel):
    """Who is given something, or loses it, sees it come or go at once."""

    _name = "comm.member"
    _inherit = ["comm.member", "comm.news.tree"]

    def _note_people(self):
        # sudo: whom these lines mean is asked to tell them.
        self.env["comm.folder"]._note_readers(self.sudo()._people())

    @api.model
    def _groups_named(self):
        """Return the groups that share something by lines of this model."""
        named = self._read_group([("group_id", "!=", False)], aggregates=["group_id:recordset"])
        return named[0][0]
