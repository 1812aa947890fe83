"""Files of mails go into Odoo's filestore while their mail is read: making a file waits for the disk.

The row in ``ir.attachment`` comes later and by Odoo's own way, which writes what is not there. So nothing depends on what
was written here: when it could not be, or was collected as garbage meanwhile, it is written then. Only what was found out
here is not done twice: the checksum, and the comparison with a file that was there before.
"""

import contextlib
import hashlib
import os


def folder_of(env):
    """Return the filestore's folder, None where attachments are kept elsewhere."""
    attachments = env["ir.attachment"]
    return attachments._filestore() if attachments._storage() == "file" else None


class Filed(bytes):
    """Content that lies in the filestore already: its checksum is known, and that the file holds these very bytes."""

    def __new__(cls, content, checksum, path):
        filed = super().__new__(cls, content)
        filed.checksum, filed.path = checksum, path
        return filed


def write_ahead(folder, content):
    """Put ``content`` (bytes) where Odoo looks for it, and return it as what Odoo is to store, ``Filed`` if it is there.

    It is written under its name on the list of what may be garbage, and then gets its second name, as a hard link. That is
    one new file instead of two, never seen before it is complete, and never left over: Odoo's garbage collection deletes
    what is on the list without a row.
    """
    name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    path = os.path.join(folder, name[:2], name)
    # Disk full, no hard links on this disk, or another thread writes the same: Odoo does or reports it in its own time.
    with contextlib.suppress(OSError):
        if os.path.exists(path):
            return Filed(content, name, path) if _holds(path, content) else content
        listed = os.path.join(folder, "checklist", name[:2], name)
        with _with_folder(listed, lambda: open(listed, "xb")) as file:
            file.write(content)
        _with_folder(path, lambda: os.link(listed, path))
        return Filed(content, name, path)
    return content


def _with_folder(path, make):
    """Return what ``make`` does to ``path``; the folder is made when it is missing, and not looked for each time."""
    try:
        return make()
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return make()


def _holds(path, content):
    with open(path, "rb") as file:
        return file.read(len(content) + 1) == content
