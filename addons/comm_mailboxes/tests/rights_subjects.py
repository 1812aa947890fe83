"""What the tables \"who may do what\" are made of: see test_rights_matrix.py, and comm_folders for its own models."""

from .rights import Subject

# Everybody who uses the addon
USERS = ("owner", "by_user", "by_group", "reader", "manager", "administrator", "outsider")
# Those who may edit the personal mailbox
EDITORS = ("owner", "administrator")


def everybody(letters, **others):
    return {**dict.fromkeys(USERS, letters), **others}


def inbox(mailbox):
    return mailbox.folder_ids.filtered(lambda folder: folder.role == "inbox")


def folder_of_owner(case):
    return case.env["comm.folder"].create({"name": "Mine", "is_local": True, "user_id": case.anna.id})


def planted(case, folder):
    """Return a message in a folder that is nobody else's business, whoever stands in its list of members."""
    lines = [{"folder_id": folder.id, "user_id": user.id, "access": "write"} for user in (case.ben, case.manager)]
    case.env["comm.folder.member"].create(lines)
    return case.env["comm.message"].create({"folder_id": folder.id, "subject": "Private"})


def event_of(case, mailbox):
    return case.env["comm.mailbox.event"].create(
        {"mailbox_id": mailbox.id, "level": "error", "step": "fetch", "text": "The server said something."}
    )


def operation_on(case, message):
    return case.env["comm.operation"].create(
        {
            "mailbox_id": message.mailbox_id.id,
            "kind": "flag",
            "message_id": message.id,
            "flag": r"\Seen",
            "value": True,
        }
    )


def link_values(case):
    return {"name": "plan.pdf", "token_hash": "0" * 64, "user_id": case.anna.id, "expires_on": "2026-12-01"}


def piece_values(case):
    return {
        "message_id": case.make_message(case.personal).id,
        "position": case.env["comm.message.piece"].search_count([]),
        "content": "eA==",
    }


def attempt_values(case, user):
    return {
        "key_hash": f"{user.id}-{case.env['comm.oauth.attempt'].search_count([])}",
        "session_hash": "0" * 64,
        "way": "code",
        "user_id": user.id,
        "mailbox_id": case.personal.id,
        "ciphertext": "nothing that can be read",
        "expires_at": "2026-12-01",
    }


def record_of(case, message):
    return case.env["comm.message.record"].create(
        {"message_id": message.id, "res_model": "res.partner", "res_id": case.anna.partner_id.id}
    )


def made_by_owner(model, **vals):
    """Return what makes a record of a wizard, as the owner of the personal mailbox."""
    return lambda case: case.env[model].with_user(case.anna).create(wizard_values(case, vals)).with_env(case.env)


def wizard_values(case, vals):
    return {name: value(case) if callable(value) else value for name, value in vals.items()}


def wizard(model, openers, write, **vals):
    """Return the subject for a wizard: whoever opened it may do everything with it, others must not even see it.

    :param openers: the roles that may open one like it for themselves
    """
    allowed = {**dict.fromkeys(openers, "c"), "owner": "rwcd"}
    create = lambda case, _user: wizard_values(case, vals)  # noqa: E731 (a value of the table)
    return Subject("opened by the owner", made_by_owner(model, **vals), allowed, write, create)


def personal_id(case):
    return case.personal.id


def missing_folder(case):
    return case.env["comm.folder"].create({"mailbox_id": case.personal.id, "name": "Gone", "is_missing": True}).id


def dialog_of_owner(case):
    line = [(0, 0, {"name": "port"})]
    values = {"mailbox_id": case.personal.id, "line_ids": line}
    return case.env["comm.mailbox.template.apply"].with_user(case.anna).create(values).id


def file_of(name, message, allowed, **vals):
    """Return the subject for a file of a mail; ``message`` names the attribute of the case."""
    place = lambda case: {"res_model": "comm.message", "res_id": getattr(case, message).id}  # noqa: E731 (a value)
    file = {"name": "file.txt", "raw": b"content", **vals}
    return Subject(
        name,
        lambda case: case.env["ir.attachment"].create({**file, **place(case)}),
        allowed,
        {"name": "renamed.txt"},
        lambda case, user: {**file, **place(case)},
        # Not all fields: Odoo lets nobody read all that its own addons put there.
        read=["name", "description", "raw", "mimetype", "res_model", "res_id", "res_name", "comm_date", "comm_subject"],
    )
