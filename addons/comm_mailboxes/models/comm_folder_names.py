import unicodedata

from odoo import api, models
from odoo.exceptions import ValidationError

from ..protocol.folders import wire_names

# Servers keep a folder in a directory of that name.
MAX_NAME_BYTES = 200
# Of a folder made by hand, and of the label of a place: so that people meet one limit.
MAX_NAME = 200
# In paths of directories, which folders become on servers and in archives, these name another one.
DOTS = (".", "..")


def same_name(name):
    """Return what is the same for names that people take for the same."""
    return unicodedata.normalize("NFC", name).strip().casefold()


class CommFolder(models.Model):
    """What a folder may be called."""

    _inherit = "comm.folder"

    @api.constrains("name", "mailbox_id")
    def _check_name_by_hand(self):
        for folder in self:
            if not folder.mailbox_id:
                self._check_name(folder.name)

    @api.model
    def _check_name(self, name):
        """Raise with what is wrong with the name of a folder made by hand, or of a place."""
        if _is_unreadable(name):
            raise ValidationError(self.env._("The name of a folder is one line of visible characters."))
        if name.strip() in DOTS:
            raise ValidationError(self.env._("A folder cannot be called “%s”. Choose another name.", name.strip()))
        if len(name) > MAX_NAME:
            raise ValidationError(
                self.env._(
                    "This name has %(length)s characters. Shorten it to at most %(limit)s.",
                    length=len(name),
                    limit=MAX_NAME,
                )
            )

    @api.model
    def _shown_name(self, name, role):
        """Return the name for people: every server calls the inbox INBOX (RFC 9051, 5.1)."""
        if role == "inbox" and name.upper() == "INBOX":
            return dict(self._fields["role"]._description_selection(self.env))["inbox"]
        return name

    def _names_for_people(self):
        """Return what these folders are called, by anybody who sees them: the inbox is so in the reader's language."""
        names = {same_name(folder.name) for folder in self}
        if self.filtered(lambda folder: folder.role == "inbox"):
            for code, _name in self.env["res.lang"].get_installed():
                roles = self._fields["role"]._description_selection(self.with_context(lang=code).env)
                names.add(same_name(dict(roles)["inbox"]))
        return names


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    def _read_folder_name(self, name, parent, prefix, delimiter, renamed=None):
        """Return ``name`` fit for a folder below ``parent``, at ``prefix`` on the server, or raise with what is wrong with it.

        :param renamed: the folder that bears another name now
        """
        _ = self.env._
        name = (name or "").strip() if isinstance(name, str) else ""
        if not name:
            raise ValidationError(_("Give the folder a name."))
        if _is_unreadable(name):
            raise ValidationError(_("The name of a folder is one line of visible characters."))
        if name in DOTS:
            raise ValidationError(_("A folder cannot be called “%s”. Choose another name.", name))
        # LIST and its relatives take these for patterns (RFC 9051, 6.3.9).
        for character in "%*" + (delimiter or ""):
            if character in name:
                raise ValidationError(_("The name of a folder cannot contain “%s” on this mail server.", character))
        if len(wire_names(name)[0]) > MAX_NAME_BYTES:
            raise ValidationError(
                _(
                    "This name is too long. Mail servers take at most %s letters; umlauts and other special characters"
                    " count several times. Shorten it.",
                    MAX_NAME_BYTES,
                )
            )
        if not prefix and name.upper() == "INBOX":
            raise ValidationError(_("There is one inbox only, and it is there already."))
        # sudo: names within one mailbox, for who may change them.
        there = self.sudo().folder_ids.filtered(lambda folder: not folder.is_missing and folder != renamed)
        above = parent.id if parent else False
        beside = there.filtered(lambda folder: folder.parent_id.id == above or folder.path == prefix + name)
        # Servers tell "work" from "Work"; people, and many a mail program, do not.
        if same_name(name) in beside._names_for_people():
            raise ValidationError(_("There is a folder “%s” already. Choose another name.", name))
        return name


def _is_unreadable(name):
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in name)
