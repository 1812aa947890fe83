"""Folder records and the server's LIST answer."""

from collections import defaultdict

from odoo.tools import SQL


def reconcile(mailbox, listed, server_path, renamed, outlived):
    """Create, update and mark the folders of ``mailbox`` after the server's list.

    A folder that the server does not list any more is marked ``is_missing`` and keeps everything that Odoo holds of it.

    :param listed: ``{path: protocol.folders.FolderInfo}``, parents first
    :param server_path: returns the path of a folder on the server; another one than Odoo's while a change is pending
    :param renamed: ``{folder: path}`` of folders that another program gave another name
    :param outlived: folders that were gone before; another one was renamed to what they were called
    """
    _drop_emptied(mailbox)
    deleting = mailbox.env["comm.operation"].search([("mailbox_id", "=", mailbox.id), ("kind", "=", "delete_folder")])
    mine = mailbox.folder_ids.filtered(lambda folder: folder.path and not folder.is_local)
    pending = {folder for folder in mine if folder in deleting.folder_id or server_path(folder) != folder.path}
    by_path = {renamed.get(folder) or server_path(folder) or folder.path: folder for folder in mine - outlived}
    if renamed:
        # Names may have been swapped, and no two folders bear the same one at any time.
        (mailbox.folder_ids.browse(folder.id for folder in renamed) | outlived).path = False
        mailbox.env.flush_all()
    wanted = _subscribed_with_parents(listed) if mailbox.only_subscribed else listed

    levels = defaultdict(list)
    for info in wanted.values():
        levels[_depth(info)].append(info)
    for _level, infos_of_level in sorted(levels.items()):
        new = [info for info in infos_of_level if info.path not in by_path]
        created = mailbox.env["comm.folder"].create([_values(mailbox, info, by_path) for info in new])
        by_path.update(zip((info.path for info in new), created, strict=True))

    lost = mailbox.folder_ids.browse()
    for path, folder in by_path.items():
        info = listed.get(path)
        if info:
            changes = {"path": path, "parent_id": _parent_id(info, by_path), **_mirrored(info)}
        else:
            changes = {"is_missing": True, "subscribed": False}
        if folder.is_missing and info and folder.message_count:
            changes.update(_returned(folder, info))
        if folder in pending:
            # What a user decided about it goes to the server with the next push.
            changes = {name: changes[name] for name in ("subscribed", "is_selectable") if name in changes}
        changes = {name: value for name, value in changes.items() if _plain(folder[name]) != value}
        if changes:
            folder.write(changes)
        is_emptied = changes.get("is_selectable") is False and folder.message_count
        if changes.get("is_missing") or is_emptied:
            lost += folder
    _tell_lost(mailbox, lost)
    settle_roles(mailbox.folder_ids)


def _tell_lost(mailbox, folders):
    """Note with an event which folders the server has no more, or only for what is below them, and how much stays here."""
    if folders:
        text = mailbox.env._(
            "These folders are not on the server any more, or hold no mail there: %(folders)s. They were deleted, or a share"
            " was withdrawn, or the mailbox has another account. Messages of them that stay in Odoo until you delete them"
            " here: %(count)s.",
            folders=", ".join(sorted(folders.mapped("complete_name"))),
            count=sum(folders.mapped("message_count")),
        )
        mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "folders", text)


def settle_roles(folders, roles=None):
    """Give each role to one folder: the one that a person chose, else the one that was detected.

    :param folders: all folders of a mailbox, as superuser
    :param roles: the roles to look at, by default all
    """
    chosen = {folder.role for folder in folders if folder.role_is_chosen and not folder.is_missing}
    for folder in folders:
        if folder.is_local or folder.role_is_chosen:
            continue
        role = folder.detected_role
        if folder.is_missing or role in chosen:
            role = False
        if folder.role != role and (roles is None or {folder.role, role} & roles):
            folder.role = role


def for_automatic_fetch(mailbox):
    """Return the folders that the automatic fetch takes: the inbox and, if the mailbox says so, the chosen ones."""
    there = usable(mailbox)
    inbox = there.filtered(lambda folder: folder.role == "inbox")
    if not mailbox.fetch_subfolders:
        return inbox
    if mailbox.only_subscribed:
        there = there.filtered("subscribed")
    # A folder that holds no mail itself can still stand for all below it.
    trees = set(mailbox.folder_ids.filtered(lambda folder: folder.fetch_mode == "tree").ids)
    chosen = there.filtered(
        lambda folder: folder.fetch_mode == "this" or not trees.isdisjoint(map(int, folder.parent_path.split("/")[:-1]))
    )
    return inbox | chosen


def with_messages(folders):
    """Return those of ``folders`` in which messages of Odoo have their place on the server."""
    # The order makes the inner query a look into the index for each folder, whatever PostgreSQL thinks of the table.
    rows = folders.env.execute_query(
        SQL(
            """SELECT id FROM comm_folder AS folder WHERE id = ANY(%s) AND (
                   SELECT uid FROM comm_message
                    WHERE server_folder_id = folder.id AND uid IS NOT NULL ORDER BY uid LIMIT 1) IS NOT NULL""",
            folders.ids,
        )
    )
    ids = {folder_id for (folder_id,) in rows}
    return folders.filtered(lambda folder: folder.id in ids)


def imported(folders):
    """Return those of ``folders`` of which mail was imported, though nothing of it is here any more."""
    return folders.filtered(lambda folder: folder.uidvalidity and folder.uid_low <= folder.uid_high)


def usable(mailbox):
    """Return the folders that can be opened on the server."""
    return mailbox.folder_ids.filtered(
        lambda folder: folder.is_selectable and not folder.is_missing and not folder.is_local
    )


def left_its_name(folder):
    """Tell whether the server has this folder no more, and nobody here waits for that: another one may bear its name."""
    deleting = folder.env["comm.operation"].search([("folder_id", "=", folder.id), ("kind", "=", "delete_folder")])
    return folder.is_missing and not deleting


def _returned(folder, info):
    """Return what to note of a folder that was gone: what is back under its name may be another one."""
    # UIDs that are given out again stand for other mails, whatever the UIDVALIDITY.
    return {"keeps_lost": True, "is_to_compare": folder.is_to_compare or (info.uidnext or 0) <= folder.uid_high}


def _drop_emptied(mailbox):
    """Forget folders that only kept what was not found under their name, once nothing of that is in them any more."""
    kept = mailbox.folder_ids.filtered(lambda folder: folder.is_missing and not (folder.path or folder.child_ids))
    messages = mailbox.env["comm.message"].with_context(active_test=False)
    full = (
        messages.search(["|", ("folder_id", "in", kept.ids), ("server_folder_id", "in", kept.ids)])
        if kept
        else messages
    )
    (kept - full.folder_id - full.server_folder_id).unlink()


def _subscribed_with_parents(listed):
    """Return the subscribed folders, the inbox, and what is needed above them to show the hierarchy."""
    wanted = {}
    for info in listed.values():
        if info.subscribed or info.role == "inbox":
            while info and info.path not in wanted:
                wanted[info.path] = info
                info = listed.get(info.parent_path)
    return wanted


def _depth(info):
    return info.path.count(info.delimiter) if info.delimiter else 0


def _values(mailbox, info, by_path):
    return {
        "mailbox_id": mailbox.id,
        "path": info.path,
        "parent_id": _parent_id(info, by_path),
        "sequence": 1 if info.role == "inbox" else 50,
        # The automatic fetch always takes the inbox.
        "fetch_mode": "this" if info.role == "inbox" else "no",
        **_mirrored(info),
    }


def _plain(value):
    return value.id if hasattr(value, "_ids") else value


def _mirrored(info):
    """Return what the server decides."""
    return {
        "name": info.name,
        "delimiter": info.delimiter or False,
        "detected_role": info.role or False,
        "subscribed": info.subscribed,
        "is_selectable": info.selectable,
        "is_missing": False,
    }


def _parent_id(info, by_path):
    """Return the id of the nearest folder above that exists: servers may leave levels out of their list."""
    path = info.parent_path
    while path:
        if path in by_path:
            return by_path[path].id
        path = path.rpartition(info.delimiter)[0]
    return False
