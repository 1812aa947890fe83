from types import SimpleNamespace

from odoo.tests import TransactionCase, tagged

from ..protocol.folders import FolderInfo
from ..sync.close import is_unchanged

# A folder of three messages that was imported to its end.
HERE = {"highestmodseq": 9, "uidvalidity": 7, "uid_high": 5, "uid_low": 1, "server_count": 3, "gap": 0}
THERE = {"highestmodseq": 9, "uidvalidity": 7, "uidnext": 6, "messages": 3}


@tagged("post_install", "-at_install")
class TestSyncClose(TransactionCase):
    """When the server's list alone tells that a folder need not be opened: each of these is enough to open it."""

    def is_unchanged(self, here=(), there=(), *, imported=True):
        folder = SimpleNamespace(**HERE | dict(here))
        info = FolderInfo("Box", "/", "Box", "", **THERE | dict(there))
        return is_unchanged(folder, info, imported)

    def test_as_it_was(self):
        self.assertIs(self.is_unchanged(), True)
        self.assertIs(self.is_unchanged(imported=False), True)

    def test_not_listed(self):
        self.assertIs(is_unchanged(SimpleNamespace(**HERE), None, imported=True), False)

    def test_what_concerns_messages_that_are_here(self):
        for here, there in (
            ({}, {"highestmodseq": 10}),
            ({"highestmodseq": 10}, {}),
            # Without such numbers a mark may have changed, whatever was noted.
            ({"highestmodseq": 0}, {"highestmodseq": 0}),
            ({"highestmodseq": 0}, {"highestmodseq": None}),
            ({}, {"uidvalidity": 8}),
        ):
            for imported in (True, False):
                with self.subTest(here=here, there=there, imported=imported):
                    self.assertIs(self.is_unchanged(here, there, imported=imported), False)

    def test_what_concerns_new_mail(self):
        for here, there in (
            ({}, {"uidnext": 7}),
            # A server that was restored.
            ({}, {"uidnext": 5}),
            ({}, {"uidnext": None}),
            ({}, {"messages": 4}),
            ({}, {"messages": 2}),
            # Its first import has still to go on, at the newest or at the oldest end.
            ({"uid_low": 2}, {}),
            ({"uid_low": 0}, {}),
            ({"gap": 1}, {}),
        ):
            with self.subTest(here=here, there=there):
                self.assertIs(self.is_unchanged(here, there), False)
                self.assertIs(self.is_unchanged(here, there, imported=False), True)
