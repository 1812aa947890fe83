"""What ./dev run puts into its database: users, their languages, anna's mailboxes, and those that sign in by OAuth 2.0: ben's, a
shared one that somebody with access to it signs in for, and one that the application itself signs in for.

./dev uses load(); the part below it runs inside Odoo, in a process of its own, and reads the facts from its input:
python -m tools.demo_records CONFIG
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from . import demo_accounts, paths, processes
from .console import Failure, say

# Whose mailbox is filled.
ANNA = "anna@lab.test"
# Login to name and language.
PEOPLE = {"anna": ("Anna Berger", "de_DE"), "ben": ("Ben Miller", "en_US")}


def facts_of(lab, users, url):
    """What fill() needs to know."""
    from lab.identity import CLIENT_ID  # noqa: PLC0415 (below tests/, and needs the virtual environment)

    return {
        "users": users,
        "url": url,
        "host": lab.host,
        "port": lab.ports["imaps"],
        "submission_port": lab.ports["submissions"],
        "password": lab.account("anna").password,
        "client_id": CLIENT_ID,
        "authority": lab.identity.authority,
        "application": demo_accounts.APPLICATION,
        "application_secret": demo_accounts.APPLICATION_SECRET,
        "application_mailbox": demo_accounts.APPLICATION_MAILBOXES[0],
        "shared": demo_accounts.SHARED,
        "shared_with": demo_accounts.SHARED_WITH,
    }


def key(lab, users, url):
    """Changes when load() would write something else."""
    text = json.dumps(facts_of(lab, users, url)) + Path(__file__).read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def load(slot, lab, users, url):
    """Create the records, or bring them up to date."""
    say("Preparing users and a mailbox ...")
    log = slot.log("demo-records")
    process = processes.start(
        [paths.VENV_PYTHON, "-m", "tools.demo_records", slot.conf],
        log=log,
        stop_signal="KILL",
        stdin=subprocess.PIPE,
        env=slot.environment(),
        cwd=paths.ROOT,
    )
    try:
        process.communicate(json.dumps(facts_of(lab, users, url)).encode())
    finally:
        processes.stop(process)
    if process.returncode:
        raise Failure(f"The demo records could not be made; the reason is at the end of {paths.shown(log)}.")


def _load_in_odoo(config_file, facts):
    import odoo.orm.registry  # noqa: PLC0415 (only this process has Odoo)
    from odoo import SUPERUSER_ID, api  # noqa: PLC0415
    from odoo.tools import config  # noqa: PLC0415

    config.parse_config(["-c", config_file], setup_logging=True)
    registry = odoo.orm.registry.Registry(config["db_name"][0])
    for step in (fill, arrange):
        # What is asked of the mail server is asked by a transaction of its own, which sees what is committed.
        with registry.cursor() as cr:
            step(api.Environment(cr, SUPERUSER_ID, {}), facts)


def fill(env, facts):
    """Write it all, as the superuser."""
    admin = env.ref("base.user_admin")
    if admin.email != "admin@lab.test":
        # Once: Odoo tells a user by mail whenever their password is written.
        admin.write({"password": facts["users"]["admin"], "email": "admin@lab.test"})
    users = env["res.users"].with_context(no_reset_password=True)
    for login, (name, language) in PEOPLE.items():
        _put(
            users,
            [("login", "=", login)],
            {"login": login, "name": name, "email": f"{login}@lab.test", "password": facts["users"][login]},
            {"lang": language, "tz": "Europe/Berlin"},
        )
    # Where the identity server leads the browser back to.
    env["ir.config_parameter"].set_param("web.base.url", facts["url"])
    anna, ben = (users.search([("login", "=", login)]) for login in PEOPLE)
    names = {"imap": "Anna", "smtp": "Anna (Ausgang)"}
    _put_personal(anna, facts, names, {"login": ANNA}, {"password": facts["password"]})
    oauth = {"auth_method": "oauth2", "client_id": facts["client_id"], "oauth_authority": facts["authority"]}
    _put_personal(ben, facts, _pair("Ben (OAuth 2.0)"), {"auth_method": "oauth2"}, oauth)
    members = [(0, 0, {"user_id": user.id, "access": "write"}) for user in admin | anna | ben]
    _put_shared(
        env["comm.mailbox"].with_context(lang="en_US"),
        facts,
        _pair("Support (OAuth 2.0, shared)"),
        {"email": facts["shared"], "user_id": admin.id, "member_ids": members},
        oauth | {"oauth_user": facts["shared_with"]},
    )
    _put_shared(
        env["comm.mailbox"].with_context(lang="en_US"),
        facts,
        _pair("Info (OAuth 2.0, application)"),
        {"email": facts["application_mailbox"], "user_id": admin.id, "member_ids": members},
        oauth
        | {
            "client_id": facts["application"],
            "client_secret": facts["application_secret"],
            "tenant": "lab.test",
            "oauth_app_only": True,
        },
    )


def arrange(env, _facts):
    """What anna would do first: her mailbox gets its place, and what she sends goes where the form would have proposed it."""
    mailboxes = env["comm.mailbox"].search([("login", "=", ANNA), ("scope", "=", "personal")], order="id")
    by_kind = mailboxes.grouped("kind")
    incoming, outgoing = by_kind["imap"][0], by_kind["smtp"][0]
    if not incoming.folder_ids:
        incoming.refresh_folders()
        outgoing.sent_folder_id = incoming.folder_ids.filtered(lambda folder: folder.role == "sent")
        entries = env["comm.structure.entry"].with_user(incoming.user_id)
        entries.insert("personal", {"mailbox_id": incoming.id})
        # So that there is something to read at once; the rest comes as it does for everybody.
        env.cr.commit()
        incoming.fetch_mail()


def _pair(name):
    return {"imap": name, "smtp": f"{name[:-1]}, outgoing)"}


def _put_personal(user, facts, names, known_by, written):
    """A mailbox that fetches and one that sends, of that user."""
    for kind, name in names.items():
        _put(
            user.env["comm.mailbox"].with_user(user).with_context(lang=user.lang),
            [("user_id", "=", user.id), ("kind", "=", kind), *((field, "=", known_by[field]) for field in known_by)],
            {"name": name, "kind": kind, "scope": "personal", "email": user.email, **known_by},
            _connection(facts, kind) | written,
        )


def _put_shared(mailboxes, facts, names, created, written):
    for kind, name in names.items():
        _put(
            mailboxes,
            [("scope", "=", "shared"), ("kind", "=", kind), ("email", "=", created["email"])],
            {"name": name, "kind": kind, "scope": "shared", **created},
            _connection(facts, kind) | written,
        )


def _connection(facts, kind):
    port = facts["port"] if kind == "imap" else facts["submission_port"]
    return {"host": facts["host"], "port": port, "security": "tls"}


def _put(model, domain, created, written):
    """Create the record or correct what may have changed since, but not what its user made of it."""
    record = model.search(domain, limit=1, order="id")
    if record:
        record.write(written)
    else:
        model.create(created | written)


if __name__ == "__main__":
    _load_in_odoo(sys.argv[1], json.load(sys.stdin))
