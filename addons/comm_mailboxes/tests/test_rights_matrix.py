from odoo.tests import tagged

from .rights import RightsCase, RightsMatrix, Subject, reference_values, words_of_personal_message
from .rights_subjects import (
    EDITORS,
    USERS,
    attempt_values,
    dialog_of_owner,
    event_of,
    everybody,
    file_of,
    folder_of_owner,
    inbox,
    link_values,
    made_by_owner,
    missing_folder,
    operation_on,
    personal_id,
    piece_values,
    planted,
    record_of,
    wizard,
)

MEMBERS = {"by_user": "rwcd", "by_group": "rwcd", "reader": "r"}
BY_PERMISSION_GROUP = {"document_reader": "r", "document_writer": "rwd"}

TABLE = {
    "comm.mailbox": [
        Subject(
            "personal",
            lambda case: case.personal,
            {"owner": "rwcd", "administrator": "rwcd"},
            {"name": "Renamed"},
            lambda case, user: {"name": "New", "user_id": case.anna.id},
        ),
        Subject(
            "shared",
            lambda case: case.shared,
            {"by_user": "r", "by_group": "r", "reader": "r", "manager": "rwcd", "administrator": "rwcd"},
            {"name": "Renamed"},
            lambda case, user: {"name": "New", "scope": "shared"},
        ),
    ],
    "comm.mailbox.member": [
        Subject(
            "user",
            lambda case: case.shared.member_ids.filtered(lambda line: line.user_id == case.roles["by_user"]),
            {"by_user": "r", "manager": "rwcd", "administrator": "rwcd"},
            {"access": "read"},
            lambda case, user: {"mailbox_id": case.shared.id, "user_id": case.anna.id},
        ),
        Subject(
            "group",
            lambda case: case.shared.member_ids.filtered("group_id"),
            {"by_group": "r", "manager": "rwcd", "administrator": "rwcd"},
            {"access": "read"},
            lambda case, user: {"mailbox_id": case.shared.id, "group_id": case.head_of_desk.id},
        ),
        Subject(
            "planted on a personal mailbox",
            lambda case: case.env["comm.mailbox.member"].create(
                {"mailbox_id": case.personal.id, "group_id": case.desk.id}
            ),
            {},
            {"access": "read"},
            lambda case, user: {"mailbox_id": case.personal.id, "user_id": user.id},
        ),
    ],
    "comm.folder.member": [
        Subject(
            "user",
            lambda case: case.kept_folder.member_ids.filtered(lambda line: line.user_id == case.roles["reader"]),
            {"reader": "r", "manager": "rwcd", "administrator": "rwcd"},
            {"access": "write"},
            lambda case, user: {"folder_id": case.kept_folder.id, "user_id": case.anna.id},
        ),
        Subject(
            "group",
            lambda case: case.kept_folder.member_ids.filtered("group_id"),
            {"by_group": "r", "manager": "rwcd", "administrator": "rwcd"},
            {"access": "read"},
            lambda case, user: {"folder_id": case.kept_folder.id, "group_id": case.head_of_desk.id},
        ),
        Subject(
            "planted on a folder that somebody made for themselves",
            lambda case: case.env["comm.folder.member"].create(
                {"folder_id": folder_of_owner(case).id, "group_id": case.desk.id}
            ),
            {},
            {"access": "read"},
            lambda case, user: {"folder_id": folder_of_owner(case).id, "user_id": user.id},
        ),
        Subject(
            "planted on a folder of a personal mailbox",
            lambda case: case.env["comm.folder.member"].create(
                {"folder_id": inbox(case.personal).id, "group_id": case.desk.id}
            ),
            {},
            {"access": "read"},
            lambda case, user: {"folder_id": inbox(case.personal).id, "user_id": user.id},
        ),
    ],
    "comm.mailbox.secret": [
        Subject(
            "password",
            lambda case: case.env["comm.mailbox.secret"].search([("mailbox_id", "=", case.personal.id)]),
            {},
            {"ciphertext": "x"},
            lambda case, user: {"mailbox_id": case.shared.id, "kind": "password", "ciphertext": "x"},
        )
    ],
    "comm.mailbox.lease": [
        Subject(
            "lease",
            lambda case: case.env["comm.mailbox.lease"].search([("mailbox_id", "=", case.personal.id)]),
            {},
            {"mechanism": "PLAIN"},
            lambda case, user: {"mailbox_id": case.shared.id},
        )
    ],
    "comm.mailbox.event": [
        Subject(
            "personal",
            lambda case: event_of(case, case.personal),
            {"owner": "r", "administrator": "r"},
            {"text": "Changed"},
            lambda case, user: {"mailbox_id": case.personal.id, "level": "info", "step": "fetch", "text": "x"},
        ),
        Subject(
            "shared",
            lambda case: event_of(case, case.shared),
            {"by_user": "r", "by_group": "r", "reader": "r", "manager": "r", "administrator": "r"},
            {"text": "Changed"},
            lambda case, user: {"mailbox_id": case.shared.id, "level": "info", "step": "fetch", "text": "x"},
        ),
    ],
    # Names mails: not for administrators and managers, who see how many there are.
    "comm.operation": [
        Subject(
            "personal",
            lambda case: operation_on(case, case.personal_message),
            {"owner": "r"},
            {"value": False},
            lambda case, user: {"mailbox_id": case.personal.id, "kind": "copy", "message_id": case.personal_message.id},
        ),
        Subject(
            "shared",
            lambda case: operation_on(case, case.shared_message),
            {"by_user": "r", "by_group": "r", "reader": "r"},
            {"value": False},
            lambda case, user: {"mailbox_id": case.shared.id, "kind": "copy", "message_id": case.shared_message.id},
        ),
    ],
    # Made by comm.attachment.link.share() alone, which asks for the right on the file.
    "comm.attachment.link": [
        Subject(
            "of the owner",
            lambda case: case.env["comm.attachment.link"].create(link_values(case)),
            {"owner": "rwd", "administrator": "rwd"},
            {"expires_on": "2026-12-24"},
            lambda case, user: link_values(case),
        ),
    ],
    "comm.message.record": [
        Subject(
            "personal",
            lambda case: record_of(case, case.personal_message),
            {"owner": "r"},
            {"res_id": 1},
            lambda case, user: {"message_id": case.personal_message.id, "res_model": "res.users", "res_id": 1},
        ),
        Subject(
            "shared",
            lambda case: record_of(case, case.shared_message),
            {"by_user": "r", "by_group": "r", "reader": "r"},
            {"res_id": 1},
            lambda case, user: {"message_id": case.shared_message.id, "res_model": "res.users", "res_id": 1},
        ),
        Subject(
            "kept for all",
            lambda case: record_of(case, case.kept_message),
            {"by_user": "r", "by_group": "r", "reader": "r"},
            {"res_id": 1},
            lambda case, user: {"message_id": case.kept_message.id, "res_model": "res.users", "res_id": 1},
        ),
    ],
    # The words of all mail: asked by SQL alone, which joins them to the mailboxes of who asks.
    "comm.message.search": [
        Subject(
            "words of a message",
            words_of_personal_message,
            {},
            {"mailbox_id": False},
            lambda case, user: {"message_id": case.make_message(case.personal).id},
        ),
    ],
    # Which conversation a Message-ID belongs to: asked by SQL alone, when a message comes.
    "comm.message.reference": [
        Subject(
            "Message-ID in a conversation",
            lambda case: case.env["comm.message.reference"].create(reference_values(case)),
            {},
            {"thread_key": 7},
            lambda case, user: reference_values(case),
        ),
    ],
    # Sign-ins that were begun: what finishes them asks for them by sudo.
    "comm.oauth.attempt": [
        Subject(
            "sign-in that was begun",
            lambda case: case.env["comm.oauth.attempt"].create(attempt_values(case, case.anna)),
            {},
            {"expires_at": "2099-01-01"},
            attempt_values,
        ),
    ],
    "comm.message.piece": [
        Subject(
            "piece of a message",
            lambda case: case.env["comm.message.piece"].create(piece_values(case)),
            {},
            {"position": 7},
            lambda case, user: {**piece_values(case), "position": 8},
        )
    ],
    "comm.pop3.uidl": [
        Subject(
            "message left on the server",
            lambda case: case.env["comm.pop3.uidl"].create(
                {"mailbox_id": case.personal.id, "account": "a", "uidl": "1"}
            ),
            {},
            {"uidl": "2"},
            lambda case, user: {"mailbox_id": case.personal.id, "uidl": "3"},
        )
    ],
    "comm.mailbox.template": [
        Subject(
            "template",
            lambda case: case.env["comm.mailbox.template"].create({"name": "Provider"}),
            everybody("r", administrator="rwcd"),
            {"name": "Renamed"},
            lambda case, user: {"name": "New"},
        )
    ],
    "comm.attachment.group": [
        Subject(
            "group",
            lambda case: case.env["comm.attachment.group"].create({"name": "Unused"}),
            everybody("r", administrator="rwcd"),
            {"name": "Renamed"},
            lambda case, user: {"name": "New"},
        )
    ],
    "comm.attachment.group.line": [
        Subject(
            "line",
            lambda case: case.attachment_group.copy().line_ids[0],
            everybody("r", administrator="rwcd"),
            {"access": "write"},
            lambda case, user: {"attachment_group_id": case.attachment_group.id, "group_id": case.head_of_desk.id},
        )
    ],
    "comm.folder": [
        Subject(
            "personal",
            lambda case: inbox(case.personal),
            {"owner": "rwd", "administrator": "rwd"},
            {"fetch_mode": "tree"},
            lambda case, user: {"name": "New", "path": "New", "mailbox_id": case.personal.id},
        ),
        Subject(
            "shared",
            lambda case: inbox(case.shared),
            {"by_user": "r", "by_group": "r", "reader": "r", "manager": "rwd", "administrator": "rwd"},
            {"fetch_mode": "tree"},
            lambda case, user: {"name": "New", "path": "New", "mailbox_id": case.shared.id, "is_local": True},
        ),
        Subject(
            "made by hand",
            folder_of_owner,
            {"owner": "rwcd", "administrator": "rwcd"},
            {"name": "Renamed"},
            lambda case, user: {"name": "New", "is_local": True, "user_id": case.anna.id},
        ),
    ],
    "comm.message": [
        Subject(
            "personal",
            lambda case: case.personal_message,
            {"owner": "rw"},
            {"is_seen": True},
            lambda case, user: {"folder_id": inbox(case.personal).id, "mailbox_id": case.personal.id},
        ),
        Subject(
            "shared",
            lambda case: case.shared_message,
            {"by_user": "rw", "by_group": "rw", "reader": "r"},
            {"is_seen": True},
            lambda case, user: {"folder_id": inbox(case.shared).id, "mailbox_id": case.shared.id},
        ),
        Subject(
            "in a folder made by hand",
            lambda case: case.env["comm.message"].create(
                {
                    "subject": "Kept",
                    "folder_id": case.env["comm.folder"]
                    .create({"name": "Mine", "is_local": True, "user_id": case.anna.id})
                    .id,
                }
            ),
            {"owner": "rw"},
            {"is_seen": True},
        ),
        Subject(
            "in a folder made by hand for all",
            lambda case: case.kept_message,
            {"by_user": "rw", "by_group": "rw", "reader": "r"},
            {"is_seen": True},
            lambda case, user: {"folder_id": case.kept_folder.id},
        ),
        Subject(
            "in a folder made by hand, with members planted on it",
            lambda case: planted(case, folder_of_owner(case)),
            {"owner": "rw"},
            {"is_seen": True},
        ),
    ],
    "ir.attachment": [
        file_of("document of a personal mail", "personal_message", {"owner": "rwcd", **BY_PERMISSION_GROUP}),
        file_of("document of a shared mail", "shared_message", {**MEMBERS, **BY_PERMISSION_GROUP}),
        file_of("document of a mail kept for all", "kept_message", MEMBERS),
        file_of("source of a mail kept for all", "kept_message", MEMBERS, comm_is_source=True),
        file_of("picture in a shared mail", "shared_message", MEMBERS, comm_content_id="logo@x"),
        file_of("source of a personal mail", "personal_message", {"owner": "rwcd"}, comm_is_source=True),
    ],
    "comm.mailbox.new": [
        wizard("comm.mailbox.new", USERS, {"name": "Other"}, name="New", kind="imap", scope="personal"),
    ],
    "comm.mailbox.delete": [
        wizard(
            "comm.mailbox.delete", EDITORS, {"mailbox_ids": []}, mailbox_ids=lambda case: [(6, 0, case.personal.ids)]
        )
    ],
    "comm.folder.delete": [
        wizard("comm.folder.delete", EDITORS, {}, folder_id=missing_folder),
    ],
    "comm.mailbox.template.apply": [
        wizard("comm.mailbox.template.apply", EDITORS, {"source": "x"}, mailbox_id=personal_id),
    ],
    "comm.mailbox.template.apply.line": [
        wizard("comm.mailbox.template.apply.line", (), {"label": "x"}, name="host", apply_id=dialog_of_owner),
    ],
    "comm.remote.sender": [
        Subject(
            "allowed by the owner",
            made_by_owner("comm.remote.sender", email="a@example.com"),
            everybody("c", owner="rwcd"),
            {"email": "b@example.com"},
            lambda _case, _user: {"email": "c@example.com"},
        ),
    ],
    "comm.smtp.question": [
        wizard("comm.smtp.question", USERS, {"email_from": "b@example.com"}, email_from="a@example.com"),
    ],
    "comm.smtp.question.step": [
        wizard("comm.smtp.question.step", USERS, {"reason": "Other"}, level="own", reason="Because"),
    ],
}


@tagged("post_install", "-at_install")
class TestRightsMatrix(RightsMatrix, RightsCase):
    addon = "comm_mailboxes"
    table = TABLE
