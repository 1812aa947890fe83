from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

MODES = ("before", "after", "into")

# Names of Font Awesome, without "fa-".
ICONS = [
    ("star", "Star"),
    ("heart", "Heart"),
    ("flag", "Little flag"),
    ("bookmark", "Bookmark"),
    ("briefcase", "Briefcase"),
    ("user", "Person"),
    ("users", "People"),
    ("home", "House"),
    ("building", "Building"),
    ("shopping-cart", "Shopping cart"),
    ("truck", "Truck"),
    ("money", "Money"),
    ("calendar", "Calendar"),
    ("bell", "Bell"),
    ("globe", "Globe"),
    ("wrench", "Wrench"),
    ("lightbulb-o", "Light bulb"),
    ("graduation-cap", "Graduation cap"),
    ("plane", "Plane"),
    ("archive", "Box"),
]

# Decided when an entry is inserted. The record rules look at the entry before a change, not at what it would become.
FIXED = {"scope", "user_id", "mailbox_id", "folder_id", "content_mailbox_id"}


class CommStructureEntry(models.Model):
    """A place in "my" or in the shared folder structure. It points at a mailbox or a folder and owns nothing."""

    _name = "comm.structure.entry"
    _description = "Entry of a folder structure"
    _parent_store = True
    _order = "sequence, id"

    scope = fields.Selection(
        [("personal", "My folder structure"), ("shared", "Shared folder structure")],
        required=True,
        default="personal",
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Owner", index=True, ondelete="cascade", readonly=True)
    parent_id = fields.Many2one("comm.structure.entry", index=True, ondelete="cascade")
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("comm.structure.entry", "parent_id")
    sequence = fields.Integer(default=1)
    name = fields.Char(
        string="Own label", help="Shown here instead of the name of the mailbox or folder, which keeps its own."
    )
    icon = fields.Selection(ICONS, help="Shown here instead of the icon that fits the mailbox or folder.")
    color = fields.Integer(help="Number of one of Odoo's colours; 0: none.")
    mailbox_id = fields.Many2one("comm.mailbox", index="btree_not_null", ondelete="cascade", readonly=True)
    folder_id = fields.Many2one("comm.folder", index="btree_not_null", ondelete="cascade", readonly=True)
    # Stored, because the record rules ask for it: who may see the mail may see the place.
    content_mailbox_id = fields.Many2one(
        "comm.mailbox", compute="_compute_content_mailbox", store=True, index="btree_not_null", ondelete="cascade"
    )

    _one_target = models.Constraint(
        "CHECK((mailbox_id IS NULL) <> (folder_id IS NULL))", "An entry points at a mailbox or at a folder."
    )
    _owner_of_personal = models.Constraint(
        "CHECK((scope = 'personal') = (user_id IS NOT NULL))", "A personal entry has an owner, a shared one has none."
    )
    _known_color = models.Constraint("CHECK(color BETWEEN 0 AND 11)", "There is no such colour.")
    _mailbox_once = models.UniqueIndex(
        "(COALESCE(user_id, 0), mailbox_id) WHERE mailbox_id IS NOT NULL",
        "This mailbox has a place in this structure already.",
    )
    _folder_once = models.UniqueIndex(
        "(COALESCE(user_id, 0), folder_id) WHERE folder_id IS NOT NULL",
        "This folder has a place in this structure already.",
    )

    @api.depends("mailbox_id", "folder_id.mailbox_id")
    def _compute_content_mailbox(self):
        for entry in self:
            entry.content_mailbox_id = entry.mailbox_id or entry.folder_id.mailbox_id

    @api.depends("name", "mailbox_id.name", "folder_id.name")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = entry.name or entry._usual_name()

    @api.constrains("scope", "user_id", "mailbox_id", "folder_id", "content_mailbox_id")
    def _check_target(self):
        if any(not entry._fits() for entry in self):
            raise ValidationError(
                self.env._(
                    "Personal mailboxes and folders go into the folder structure of their owner, "
                    "shared ones into the shared structure or your own."
                )
            )

    @api.constrains("parent_id")
    def _check_parent(self):
        for entry in self:
            if entry.parent_id and not entry._same_structure(entry.parent_id):
                raise ValidationError(self.env._("An entry and the one above it belong to the same structure."))

    def write(self, vals):
        if not self.env.su and FIXED & vals.keys():
            raise AccessError(self.env._("What an entry stands for never changes. Remove it and insert another one."))
        return super().write(vals)

    def unlink(self):
        # sudo: what stands below moves up one place, also what this user does not see.
        for entry in self.sudo().filtered("child_ids"):
            entry._lift_children()
        return super().unlink()

    @api.model
    def insert(self, scope, target, anchor_id=False, mode="after"):
        """Give a mailbox or a folder a place.

        :param scope: "personal" (the current user's structure) or "shared"
        :param target: ``{"mailbox_id": id}``, ``{"folder_id": id}``, or ``{"folder_name": name}`` for a new hand-made
            folder
        :param anchor_id: the entry beside or below which it goes; without one it goes to the end of the top level
        :param mode: "before", "after", or "into" (as the last subfolder)
        :return: the id of the new entry
        """
        entry = self._create_for(scope, target)
        entry.move(anchor_id, mode)
        entry._check_name_is_free()
        return entry.id

    def move(self, anchor_id=False, mode="after"):
        """Move beside or below another entry; parameters as in :meth:`insert`."""
        self.ensure_one()
        if mode not in MODES:
            raise UserError(self.env._("An entry goes before or after another one, or into it."))
        anchor = self.browse(anchor_id).exists() if anchor_id else self.browse()
        if anchor_id and not anchor:
            raise UserError(self.env._("The entry beside which this should go is not there any more."))
        if anchor and f"/{self.id}/" in f"/{anchor.parent_path}":
            raise UserError(self.env._("An entry cannot be moved beside or below itself."))
        if anchor and not self._same_structure(anchor):
            raise UserError(self.env._("Entries cannot be moved from one structure to the other."))

        before = self.parent_id
        self.parent_id = anchor if mode == "into" else anchor.parent_id
        others = list(self._siblings() - self)
        if anchor and mode != "into":
            position = others.index(anchor) + (mode == "after")
        else:
            position = len(others)
        self._number([*others[:position], self, *others[position:]])
        if self.parent_id != before:
            self._check_name_is_free()

    def rename(self, name):
        """Set what is shown here; an empty name brings back that of the mailbox or folder.

        A mailbox and a folder of a server get a label here and keep their names. A folder that was made by hand for
        this structure is renamed itself, so that it has one name everywhere.

        :return: what :meth:`take_back_name` needs to undo it
        """
        self.ensure_one()
        name = (name or "").strip()
        before = {"name": self.name, "folder_name": False}
        if name and self._may_rename_folder():
            before["folder_name"] = self.folder_id.name
            self.folder_id.name = name
            # A label would hide the new name.
            name = ""
        # Nor would what is called so anyway follow it when that gets another name.
        self.name = False if name == self._usual_name() else name or False
        self._check_name_is_free()
        return before

    @api.model
    def _create_for(self, scope, target):
        owner = {"scope": scope, "user_id": self.env.uid if scope == "personal" else False}
        if "folder_name" in target:
            target = {"folder_id": self._make_folder(target["folder_name"], owner["user_id"]).id}
        return self.create({**owner, **{name: target[name] for name in ("mailbox_id", "folder_id") if name in target}})

    @api.model
    def _make_folder(self, name, user_id):
        name = (name or "").strip()
        if not name:
            raise UserError(self.env._("Give the new folder a name."))
        return self.env["comm.folder"].create({"name": name, "is_local": True, "user_id": user_id})

    def _may_rename_folder(self):
        """Whether the folder belongs to this structure alone, and this user may change it."""
        self.ensure_one()
        # sudo: managers arrange folders that they cannot read; whether they may change one is asked as themselves.
        folder = self.sudo().folder_id
        is_ours = folder.is_local and not folder.mailbox_id and folder.user_id == self.user_id
        return is_ours and self.folder_id.has_access("write")

    def _fits(self):
        """Whether the target belongs into this structure."""
        self.ensure_one()
        # sudo: compares owners only, and the answer must not depend on who asks.
        entry = self.sudo()
        mailbox, folder, user = entry.content_mailbox_id, entry.folder_id, entry.user_id
        if mailbox != (entry.mailbox_id or folder.mailbox_id):
            return False
        if mailbox:
            return mailbox.scope == "shared" or mailbox.user_id == user
        return not folder.user_id or folder.user_id == user

    def _same_structure(self, other):
        return self.scope == other.scope and self.user_id == other.user_id

    def _siblings(self):
        """Return the entries on the same level, this one included, in their order."""
        domain = [(name, "=", self[name].id) for name in ("parent_id", "user_id")]
        return self.search([("scope", "=", self.scope), *domain])

    @api.model
    def _number(self, entries):
        for sequence, entry in enumerate(entries, start=1):
            if entry.sequence != sequence:
                entry.sequence = sequence

    def _lift_children(self):
        """Put the children where this entry stands."""
        siblings = list(self._siblings())
        position = siblings.index(self)
        children = self.child_ids
        children.parent_id = self.parent_id
        self._number([*siblings[: position + 1], *children, *siblings[position + 1 :]])
