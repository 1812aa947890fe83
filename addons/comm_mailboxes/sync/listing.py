"""The server's list of folders, in one round trip where it can, and which of them only bear another name now.

A folder that another program renamed or moved keeps its record and its messages: it has the UIDVALIDITY that the lost one
had, and the same messages under the same UIDs. UIDVALIDITY alone says little: some servers give all folders the same one.
Its old name may be listed still, for another folder or (\\Noselect) for what somebody made below it. What has no messages goes
where the folders around it went, see ``trees``.
"""

from collections import Counter, defaultdict

from . import alike, folders, trees
from .visit import REFUSALS

# So many of the newest messages of a folder, and of the oldest ones, have to be the same.
SAMPLE = 3


def reconcile(visit, unless=None):
    """Bring the folder records in line with the server's list and note the list on the visit. Commits.

    :param unless: the fingerprint of a list with which nothing has to be done
    :return: whether the list was another one
    """
    listed = visit.session.folders(unless=unless)
    if visit.session.inbox_missing:
        visit.problems.append(visit.session.inbox_missing)
    if listed is None:
        return False
    visit.infos = {info.path: info for info in listed}
    visit.forget_paths()
    renamed, outlived = _find_renamed(visit)

    def work():
        folders.reconcile(visit.mailbox, visit.infos, visit.server_path, renamed, outlived)
        _place_first(visit)

    # Most lists say what the one before said: folders are not to be read again for that.
    visit.commit(work, always=False)
    return True


def _place_first(visit):
    """Note what the list says of each folder; begin the bookkeeping of those that hold only what was moved there."""
    for folder in folders.usable(visit.mailbox):
        info = visit.info(folder)
        if info and info.uidvalidity and folder.listed_uidvalidity != info.uidvalidity:
            # Nothing of it was looked into yet: see ``moved``.
            folder.write({"listed_uidvalidity": info.uidvalidity, "server_uidnext": 0})
    first = folders.usable(visit.mailbox).filtered(lambda folder: not folder.uidvalidity)
    for folder in folders.with_messages(first) if first else ():
        info = visit.info(folder)
        if info and info.uidvalidity and info.uidnext:
            folder.write({"uidvalidity": info.uidvalidity, "uid_high": info.uidnext - 1, "uid_low": info.uidnext})


def _find_renamed(visit):
    """Return ``{folder: its path now}``, and the folders, gone before, whose paths these have now."""
    mine = visit.mailbox.folder_ids.filtered(lambda folder: folder.path and not folder.is_local)
    owners = {visit.server_path(folder): folder for folder in mine}
    others = {path for path, folder in owners.items() if _is_another(visit, folder)}
    free = {path: info for path, info in visit.infos.items() if path not in owners or path in others}
    new = defaultdict(dict)
    for path, info in free.items():
        if info.uidvalidity:
            new[info.uidvalidity][path] = info
    if not new:
        return {}, mine.browse()
    lost = [folder for folder in mine.sorted("parent_path") if _has_left(visit, folder, others, new)]
    filled = set(folders.with_messages(mine.browse(folder.id for folder in lost)))
    moves = trees.Moves(visit.infos.values(), mine)
    renamed = _recognise(visit, mine, lost, new, filled, moves)
    renamed |= _recognise_the_rest(visit, lost, free, filled, moves, renamed)
    _leave_taken(renamed, owners)
    _follow_parents(visit, mine, set(lost), renamed, owners)
    taken = [owners[path] for path in renamed.values() if path in owners]
    return renamed, mine.browse(folder.id for folder in taken if folder not in renamed)


def _has_left(visit, folder, others, new):
    """Tell whether ``folder`` is not any more, or may not be, what the server lists under its path.

    :param others: paths that another folder may bear now
    :param new: ``{UIDVALIDITY: what is listed with it and is not known}``
    """
    if visit.server_path(folder) != folder.path:
        # What the server has still to learn of is not lost.
        return False
    if folder.path not in visit.infos:
        return True
    return folder.listed_uidvalidity in new and (folder.path in others or _is_place_only(visit, folder))


def _recognise(visit, mine, lost, new, filled, moves):
    """Return ``{folder: path}`` of those lost ones that are found among the new: by UIDVALIDITY and by their messages.

    :param filled: the lost ones of which messages are here
    :param moves: a ``trees.Moves``, which learns of them
    """
    shared = Counter(folder.listed_uidvalidity for folder in mine)
    renamed = {}
    for folder in lost:
        candidates = new.get(folder.listed_uidvalidity, {})
        is_only_one = len(candidates) == 1 and shared[folder.listed_uidvalidity] == 1
        # Below a renamed folder everything usually bears the same name as before.
        expected = _expected_path(folder, renamed)
        likely = candidates.keys() if is_only_one else candidates.keys() & {expected}
        for path in _in_order(folder, candidates, likely, folder in filled and moves):
            if _is_same(visit, folder, candidates[path], filled, likely=path in likely):
                renamed[folder] = path
                moves.learn(folder, candidates.pop(path))
                break
    return renamed


def _in_order(folder, candidates, likely, moves):
    """Return the paths to look at: each look costs a question, and the first one mostly finds what is looked for.

    :param moves: what was learned of others; False to look at those that are likely, and no further
    """
    yield from list(likely)
    if moves:
        around = (candidates.keys() & moves.paths_of(folder)) - likely
        yield from sorted(around)
        rest = candidates.keys() - likely - around
        yield from sorted(rest, key=lambda path: (candidates[path].name != folder.name, path))


def _recognise_the_rest(visit, lost, free, filled, moves, renamed):
    """Return ``{folder: path}`` of those that nothing of their own tells apart: they are where what is around them is now.

    :param free: ``{path: FolderInfo}`` of what is listed and not known
    :param renamed: what was recognised already
    """
    taken = set(renamed.values())
    claims = defaultdict(list)
    for folder in lost:
        paths = moves.paths_of(folder) if folder not in renamed and folder.path not in visit.infos else ()
        info = free.get(*paths) if len(paths) == 1 else None
        if info and info.path not in taken and _may_be(visit, folder, info, filled):
            claims[info.path].append(folder)
    return {claimants[0]: path for path, claimants in claims.items() if len(claimants) == 1}


def _may_be(visit, folder, info, filled):
    """Tell whether ``folder`` can be what is listed where it is expected: nothing that is known says otherwise."""
    if info.uidvalidity and folder.listed_uidvalidity:
        return info.uidvalidity == folder.listed_uidvalidity and _is_same(visit, folder, info, filled, likely=True)
    return folder not in filled


def _is_another(visit, folder):
    """Tell whether another folder may bear the name of this one now: by its UIDVALIDITY it is not the one that was listed.

    The inbox is always there: renaming it only moves its mail (RFC 9051, 6.3.6).
    """
    info = visit.info(folder)
    was = folder.listed_uidvalidity
    return bool(info and info.uidvalidity and was and info.uidvalidity != was and folder.role != "inbox")


def _is_place_only(visit, folder):
    """Tell whether the server lists the path only for what is below it: somebody made a folder below the old name of one."""
    info = visit.info(folder)
    return bool(info and not info.selectable)


def _leave_taken(renamed, owners):
    """Where folders changed names with each other, all of them are known under another one, or none is taken for renamed.

    One that was gone before leaves its name to the other.
    """

    def is_taken(path):
        owner = owners.get(path)
        return owner and owner not in renamed and not folders.left_its_name(owner)

    while taken := [folder for folder, path in renamed.items() if is_taken(path)]:
        for folder in taken:
            del renamed[folder]


def _expected_path(folder, renamed):
    above = renamed.get(folder.parent_id)
    return f"{above}{folder.delimiter}{folder.name}" if above else None


def _is_same(visit, folder, info, filled, likely):
    """Tell whether the folder that the server calls ``info.path`` now holds what ``folder`` held.

    :param filled: folders of which messages are here
    :param likely: what to believe of a folder of which no message is here
    """
    if folder.listed_uidvalidity == folder.uidvalidity and (info.uidnext or 0) <= folder.uid_high:
        return False
    if folder not in filled:
        return likely
    placed = [("server_folder_id", "=", folder.id), ("uid", ">=", 1), ("identity", "!=", False)]
    messages = folder.env["comm.message"]
    sample = messages.browse()
    for order in ("uid desc", "uid"):
        sample |= messages.search_fetch(placed, ["uid", "identity", "size"], order=order, limit=SAMPLE)
    if not sample:
        return likely
    try:
        visit.session.select(info.path)
        there = {header.uid: header for header in visit.session.headers(sample.mapped("uid"))}
    except REFUSALS:
        return False
    same = [alike.bears(message, there[message.uid]) for message in sample if message.uid in there]
    # What was deleted meanwhile says nothing, another mail under the same UID says no.
    return all(same) if same else likely


def _follow_parents(visit, mine, lost, renamed, known):
    """A folder without mail of its own has the name that is above what was below it.

    Also when its old name is still there for something new: all that was below it has left.
    """
    for folder in mine.sorted("parent_path", reverse=True):
        children = [renamed[child] for child in folder.child_ids if child in renamed]
        above = {visit.infos[path].parent_path for path in children}
        has_left = len(children) == len(folder.child_ids) if _is_place_only(visit, folder) else folder in lost
        if has_left and not folder.is_selectable and folder not in renamed and len(above) == 1:
            [path] = above
            if path in visit.infos and path not in known and path not in renamed.values():
                renamed[folder] = path
