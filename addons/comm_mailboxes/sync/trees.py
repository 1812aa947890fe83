"""Where whole trees of folders went, told by those folders in them that were recognised.

K/00/a that is Z/00/a now says that K/00 is Z/00, and K is Z: so K/00/b, in which there is no mail, should be Z/00/b.
"""

from collections import defaultdict


class Moves:
    """What the folders that were recognised say of those above and around them.

    Only of what was renamed as a whole: nothing is left under the old name, and nothing was under the new one before.
    """

    def __init__(self, listed, known):
        """:param listed: ``FolderInfo`` of what is on the server
        :param known: the folders of the mailbox
        """
        self._there = _with_all_above((info.path, info.delimiter) for info in listed)
        self._before = _with_all_above((folder.path, folder.delimiter) for folder in known if not folder.is_missing)
        self._told = defaultdict(set)
        self._found = {}

    def learn(self, folder, info):
        """Note that ``folder`` is now what the server lists as ``info``."""
        self._found[folder.path] = {info.path}
        old, new = folder.path, info.path
        while folder.delimiter and info.delimiter:
            old, _delimiter, was = old.rpartition(folder.delimiter)
            new, _delimiter, name = new.rpartition(info.delimiter)
            if was != name or not (old and new) or old in self._there or new in self._before:
                break
            self._told[old].add(new)

    def paths_of(self, folder):
        """Return where ``folder`` may be now, by what was learned: more than one path if that contradicts itself."""
        paths = set(self._told.get(folder.path, ()))
        for above in _above(folder.path, folder.delimiter):
            if found := self._found.get(above) or self._told.get(above):
                paths.update(path + folder.path[len(above) :] for path in found)
                break
        return paths


def _with_all_above(named):
    """Return the paths and those above them: servers may leave levels out of their list."""
    found = set()
    for path, delimiter in named:
        found.update((path, *_above(path, delimiter)))
    return found


def _above(path, delimiter):
    """Return the paths above ``path``, the nearest first."""
    while delimiter and (path := path.rpartition(delimiter)[0]):
        yield path
