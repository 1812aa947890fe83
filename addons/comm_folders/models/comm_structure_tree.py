from odoo import api, models
from odoo.fields import Domain

# Above the other folders and in this order, as mail programs show them.
ROLE_ORDER = ("inbox", "drafts", "outbox", "sent", "archive", "junk", "trash")

MAILBOX_FIELDS = ("name", "kind", "scope", "state", "only_subscribed")
FOLDER_FIELDS = (
    "name",
    "mailbox_id",
    "parent_id",
    "user_id",
    "role",
    "sequence",
    "subscribed",
    "is_selectable",
    "is_local",
    "is_missing",
    "looked_into_at",
    "message_count",
    "unread_count",
)


class CommStructureEntry(models.Model):
    """What the two screens show, each in one answer: flat lists that name their parents; the client draws the trees."""

    _inherit = "comm.structure.entry"

    @api.model
    def get_tree(self):
        """Return both structures and the live server folders below their entries, for the Communication Manager.

        The number of queries depends neither on the entries nor on the folders.

        :return: ``{"entries": [...], "mailboxes": [...], "folders": [...]}``; entries in their order
        """
        entries = self.search_fetch(
            Domain("scope", "=", "shared") | Domain("user_id", "=", self.env.uid),
            [
                "scope",
                "parent_id",
                "parent_path",
                "name",
                "icon",
                "color",
                "mailbox_id",
                "folder_id",
                "content_mailbox_id",
            ],
        )
        # Managers and administrators see more mailboxes than those whose mail they may read: here only the mail counts.
        readable = self.env["comm.mailbox"]._domain_accessible(self.env.user)
        mailboxes = self._tree_mailboxes(readable & Domain("id", "in", entries.content_mailbox_id.ids))
        entries = entries.filtered(lambda entry: not entry.content_mailbox_id or entry.content_mailbox_id in mailboxes)
        whole = entries.mailbox_id
        folders = self.env["comm.folder"]
        on_server_or_kept = Domain("mailbox_id", "!=", False) | folders._domain_kept(self.env.user)
        folders = folders.search_fetch(
            Domain("mailbox_id", "in", whole.ids)
            | (Domain("id", "child_of", entries.folder_id.ids) & on_server_or_kept),
            FOLDER_FIELDS,
        )
        entries = entries.filtered(lambda entry: entry.content_mailbox_id or entry.folder_id in folders)
        hidden = self._unsubscribed(folders) - entries.folder_id
        return {
            "entries": entries._tree_entries(),
            "mailboxes": mailboxes._tree_values(),
            "folders": (folders - hidden)._tree_values(),
        }

    @api.model
    def get_editor(self, scope):
        """Return a structure and what can be put into it, for My and Shared Folder Structure.

        :return: as :meth:`get_tree`, where mailboxes and folders are those that may be inserted, ``can_edit``,
            ``icons``: pairs of name and label, and ``members``: who may read what is kept in folders made for all, and write
            there (see ``_members_for_people``), by their ids
        """
        user = self.env.user
        shared = scope == "shared"
        can_edit = not shared or user.has_group("comm_mailboxes.group_shared_manager")
        entries = self.search([("scope", "=", scope), ("user_id", "=", False if shared else user.id)])
        mailboxes = self.env["comm.mailbox"]
        folders = self.env["comm.folder"]
        if can_edit:
            offered = Domain("scope", "=", "shared") if shared else mailboxes._domain_accessible(user)
            mailboxes = self._tree_mailboxes(offered)
            made_by_hand = Domain("mailbox_id", "=", False) & Domain("user_id", "=", False)
            if not shared:
                made_by_hand = folders._domain_kept(user)
            folders = folders.search_fetch(Domain("mailbox_id", "in", mailboxes.ids) | made_by_hand, FOLDER_FIELDS)
            # An outgoing mailbox files what it sends with others, until it holds drafts or sent mail of its own.
            holding = folders.mailbox_id | entries.mailbox_id
            mailboxes = mailboxes.filtered(lambda mailbox: mailbox.kind != "smtp" or mailbox in holding)
        else:
            # Nothing to insert, but what stands there looks as it does for who arranges it.
            readable = mailboxes._domain_accessible(user)
            mailboxes = self._tree_mailboxes(readable & Domain("id", "in", entries.content_mailbox_id.ids))
            folders = folders.search_fetch(Domain("id", "in", entries.folder_id.ids), FOLDER_FIELDS)
        return {
            "can_edit": can_edit,
            "icons": self._fields["icon"]._description_selection(self.env),
            "entries": entries._tree_entries(),
            "mailboxes": mailboxes._tree_values(),
            "folders": folders._tree_values(),
            "members": folders._members_for_people() if shared and can_edit else {},
        }

    @api.model
    def _tree_mailboxes(self, domain):
        return self.env["comm.mailbox"].search_fetch(domain, MAILBOX_FIELDS)

    @api.model
    def _unsubscribed(self, folders):
        """Return the folders that a mailbox with "Only subscribed folders" does not show.

        The inbox always shows, and so does what is needed to reach a subscribed folder.
        """
        filtered = folders.filtered("mailbox_id.only_subscribed")
        wanted = {folder.id for folder in filtered if folder.subscribed or folder.role == "inbox"}
        parents = {folder.id: folder.parent_id.id for folder in folders}
        for folder_id in list(wanted):
            while (folder_id := parents.get(folder_id)) and folder_id not in wanted:
                wanted.add(folder_id)
        return filtered.filtered(lambda folder: folder.id not in wanted)

    def _tree_entries(self):
        """Return the entries in order; one whose parent this user does not see moves up to the next that they see."""
        visible = set(self.ids)

        def visible_parent(entry):
            above = map(int, reversed(entry.parent_path.split("/")[:-2]))
            return next((entry_id for entry_id in above if entry_id in visible), False)

        return [
            {
                "id": entry.id,
                "scope": entry.scope,
                "parent_id": visible_parent(entry),
                "name": entry.display_name,
                "label": entry.name or "",
                "icon": entry.icon or "",
                "color": entry.color,
                "mailbox_id": entry.mailbox_id.id,
                "folder_id": entry.folder_id.id,
            }
            for entry in self
        ]
