# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Another mail program and the user in Odoo work on one mailbox at the same time, while Odoo syncs all the time."""

import random

import pytest

from .mails import mails
from .odoo_process import CommandFailed
from .seeds import REPETITIONS
from .server_side import Refused

FOLDERS = ("INBOX", "Projects", "Archive", "Trash")
FLAGS = (r"\Seen", r"\Flagged", r"\Answered", "$Forwarded", "Work")


class Chaos:
    """Acts at random on both sides, and knows what may be gone at the end and what may be there more than once."""

    def __init__(self, pair, dice):
        self._pair = pair
        self._dice = dice
        self._new = mails(1000)
        self.delivered = set()
        self.deleted = set()
        self.copied = set()

    def act_elsewhere(self):
        try:
            self._act_elsewhere()
        except Refused as refusal:
            # Odoo may have moved some of it before.
            if b"EXPUNGEISSUED" not in refusal.args[0]:
                raise

    def _act_elsewhere(self):
        folder = self._dice.choice(FOLDERS)
        here = self._pair.server.read_folder(folder)
        if not here or self._dice.random() < 0.2:
            raw = next(self._new)
            self._pair.server.append(folder, raw, self._dice.sample(FLAGS, self._dice.randrange(3)))
            return
        some = self._dice.sample(here, min(len(here), self._dice.randrange(1, 4)))
        uids, names = [each.uid for each in some], {each.message_id for each in some}
        action = self._dice.choice(("mark", "mark", "move", "move", "copy", "delete"))
        if action == "mark":
            self._pair.server.store(folder, uids, self._dice.choice(("+FLAGS", "-FLAGS")), self._dice.choice(FLAGS))
        elif action == "move":
            self._pair.server.move(folder, uids, self._other(folder))
        elif action == "copy":
            self.copied |= names
            self._pair.server.copy(folder, uids, self._other(folder))
        else:
            self.deleted |= names
            self._pair.server.delete(folder, uids)

    def act_in_odoo(self):
        try:
            self._act_in_odoo()
        except CommandFailed as error:
            # What the user saw may be gone from the server before he acts.
            if error.kind != "MissingError":
                raise

    def _act_in_odoo(self):
        shown = self._pair.desk.sql(
            "SELECT message.id, message_id, path FROM comm_message AS message JOIN comm_folder ON comm_folder.id = folder_id"
            " WHERE message.mailbox_id = %s AND message.active ORDER BY message.id",
            [self._pair.id],
        )
        if not shown:
            return
        some = self._dice.sample(shown, min(len(shown), self._dice.randrange(1, 4)))
        ids, names = [id_ for id_, _name, _folder in some], {name for _id, name, _folder in some}
        action = self._dice.choice(("mark", "mark", "move", "copy", "delete"))
        if action == "mark":
            field = self._dice.choice(("is_seen", "is_flagged"))
            self._pair.write(ids, **{field: self._dice.choice((True, False))})
        elif action == "move":
            self._pair.move(ids, self._dice.choice(FOLDERS))
        elif action == "copy":
            self.copied |= names
            self._pair.copy(ids, self._dice.choice(FOLDERS))
        else:
            for folder in FOLDERS:
                seen = [(id_, name) for id_, name, path in some if path == folder]
                if folder == "Trash":
                    self.deleted |= {name for _id, name in seen}
                if seen:
                    self._pair.delete([id_ for id_, _name in seen], folder)

    def _other(self, folder):
        return self._dice.choice([each for each in FOLDERS if each != folder])


@pytest.mark.parametrize(
    ("seed", "actions"),
    [
        *(pytest.param(seed, 40) for seed in range(3)),
        *(pytest.param(seed, 500, marks=pytest.mark.long) for seed in range(3, 3 + REPETITIONS)),
    ],
)
def test_chaos(make_pair, seed, actions):
    """Half of the actions are the other program's, half the user's."""
    pair = make_pair({"INBOX": mails(30), "Projects": mails(10)})
    pair.settle()
    before = pair.records()
    chaos = Chaos(pair, random.Random(seed))
    pair.start_sync()
    for number in range(actions):
        chaos.act_elsewhere() if number % 2 else chaos.act_in_odoo()
        if pair.worker.has_answered():
            pair.worker.result()
            pair.start_sync()
    pair.worker.result()
    pair.settle(3)
    pair.assert_equal(contents=True)
    now = {}
    for message in pair.server.read():
        now.setdefault(message.message_id, []).append(message)
    assert not before.keys() - now.keys() - chaos.deleted, "lost"
    assert {name for name, placed in now.items() if len(placed) > 1} <= chaos.copied, "twice"
    # Of a copied mail the first one may be gone; one that the user deleted for good while it was moved may come back.
    free = chaos.copied | chaos.deleted
    pair.assert_kept({name: ids for name, ids in before.items() if name not in free})
