"""Folder records and the server's LIST answer."""

from collections import defaultdict


def reconcile(mailbox, infos):
    """Create, update and mark the folders of ``mailbox`` after the server's list.

    A folder that the server does not list any more is marked ``is_missing`` and keeps everything that Odoo holds of it.

    :param infos: list of ``protocol.folders.FolderInfo``
    """
    listed = {info.path: info for info in infos}
    by_path = {folder.path: folder for folder in mailbox.folder_ids if not folder.is_local}
    wanted = _subscribed_with_parents(listed) if mailbox.only_subscribed else listed

    levels = defaultdict(list)
    for info in wanted.values():
        levels[_depth(info)].append(info)
    for _level, infos_of_level in sorted(levels.items()):
        new = [info for info in infos_of_level if info.path not in by_path]
        created = mailbox.env["comm.folder"].create([_values(mailbox, info, by_path) for info in new])
        by_path.update(zip((info.path for info in new), created, strict=True))

    for path, folder in by_path.items():
        info = listed.get(path)
        changes = _mirrored(info) if info else {"is_missing": True, "subscribed": False}
        if any(folder[name] != value for name, value in changes.items()):
            folder.write(changes)
    settle_roles(mailbox.folder_ids)


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
    usable = mailbox.folder_ids.filtered(
        lambda folder: folder.is_selectable and not folder.is_missing and not folder.is_local
    )
    inbox = usable.filtered(lambda folder: folder.role == "inbox")
    if not mailbox.fetch_subfolders:
        return inbox
    if mailbox.only_subscribed:
        usable = usable.filtered("subscribed")
    # A folder that holds no mail itself can still stand for all below it.
    trees = set(mailbox.folder_ids.filtered(lambda folder: folder.fetch_mode == "tree").ids)
    chosen = usable.filtered(
        lambda folder: folder.fetch_mode == "this" or not trees.isdisjoint(map(int, folder.parent_path.split("/")[:-1]))
    )
    return inbox | chosen


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
        "delimiter": info.delimiter,
        "parent_id": _parent_id(info, by_path),
        "sequence": 1 if info.role == "inbox" else 50,
        # The automatic fetch always takes the inbox.
        "fetch_mode": "this" if info.role == "inbox" else "no",
        **_mirrored(info),
    }


def _mirrored(info):
    """Return what the server decides."""
    return {
        "name": info.name,
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
