from odoo.tests import tagged

from odoo.addons.comm_mailboxes.tests.rights import RightsCase, RightsMatrix, Subject
from odoo.addons.comm_mailboxes.tests.rights_subjects import everybody, inbox, made_by_owner

MANAGERS = {"manager": "rwcd", "administrator": "rwcd"}


def entry(scope, target, allowed):
    """Return the subject for a place in the structure ``scope``.

    :param target: returns the mailbox or folder that stands there, given the test case
    """

    def values(case, record):
        owner = case.anna.id if scope == "personal" else False
        return {"scope": scope, "user_id": owner, f"{record._name.removeprefix('comm.')}_id": record.id}

    return Subject(
        f"{scope} structure, {target.__name__}",
        lambda case: case.env["comm.structure.entry"].create(values(case, target(case))),
        allowed,
        {"name": "Label"},
        # Another place: each mailbox and folder has but one.
        lambda case, _user: values(case, inbox(case.personal if scope == "personal" else case.shared)),
    )


def personal_mailbox(case):
    return case.personal


def shared_mailbox(case):
    return case.shared


def folder_made_by_hand(case):
    return case.env["comm.folder"].create({"name": "Mine", "is_local": True, "user_id": case.anna.id})


def folder_made_for_all(case):
    return case.env["comm.folder"].create({"name": "Ours", "is_local": True})


def folder_made_for_some(case):
    return case.kept_folder.copy()


TABLE = {
    # Like a wizard: whoever moved messages may undo that, others must not even see it.
    "comm.message.undo": [
        Subject(
            "noted by the owner",
            made_by_owner("comm.message.undo", places={"1": [1]}),
            everybody("c", owner="rcd"),
            {"places": {}},
            lambda case, _user: {"places": {"1": [1]}},
        ),
    ],
    "comm.structure.entry": [
        entry("personal", personal_mailbox, {"owner": "rwcd"}),
        entry("personal", folder_made_by_hand, {"owner": "rwcd"}),
        entry("shared", shared_mailbox, {"by_user": "r", "by_group": "r", "reader": "r", **MANAGERS}),
        entry("personal", folder_made_for_some, {"owner": "c"}),
        entry("shared", folder_made_for_all, everybody("r", **MANAGERS)),
        entry("shared", folder_made_for_some, {"by_user": "r", "by_group": "r", "reader": "r", **MANAGERS}),
    ],
    # Of comm_mailboxes; this addon adds those that stand in the shared structure.
    "comm.folder": [
        Subject(
            "made for the shared structure",
            folder_made_for_all,
            everybody("r", **MANAGERS),
            {"name": "Renamed"},
            lambda case, _user: {"name": "New", "is_local": True, "user_id": False},
        ),
        Subject(
            "made for some",
            folder_made_for_some,
            {"by_user": "r", "by_group": "r", "reader": "r", **MANAGERS},
            {"name": "Renamed"},
            lambda case, _user: {"name": "New", "is_local": True, "user_id": False},
        ),
    ],
}


@tagged("post_install", "-at_install")
class TestFoldersRightsMatrix(RightsMatrix, RightsCase):
    addon = "comm_folders"
    table = TABLE
