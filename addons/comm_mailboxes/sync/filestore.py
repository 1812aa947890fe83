"""Files of mails go into Odoo's filestore while their mail is read: making a file waits for the disk.

The row in ``ir.attachment`` comes later and by Odoo's own way, which writes what is not there and compares what is. So
nothing depends on what was written here: when it could not be, or was collected as garbage meanwhile, it is written then.
"""

import contextlib
import hashlib
import os


def folder_of(env):
    """Return the filestore's folder, None where attachments are kept elsewhere."""
    attachments = env["ir.attachment"]
    return attachments._filestore() if attachments._storage() == "file" else None


def write_ahead(folder, content):
    """Put ``content`` (bytes) where Odoo looks for it.

    It is written under its name on the list of what may be garbage, and then gets its second name, as a hard link. That is
    one new file instead of two, never seen before it is complete, and never left over: Odoo's garbage collection deletes
    what is on the list without a row.
    """
    name = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    path = os.path.join(folder, name[:2], name)
    if os.path.exists(path):
        return
    listed = os.path.join(folder, "checklist", name[:2], name)
    # Disk full, no hard links on this disk, or another thread writes the same: Odoo does or reports it in its own time.
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(listed), exist_ok=True)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(listed, "xb") as file:
            file.write(content)
        os.link(listed, path)
