"""What ./dev run puts into its database: users, their languages, anna's mailboxes, and ben's to sign in to by OAuth 2.0.

./dev uses load(); the part below it runs inside Odoo, in a process of its own, and reads the facts from its input:
python -m tools.demo_records CONFIG
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from . import paths, processes
from .console import Failure, say

# Login to name and language.
PEOPLE = {"anna": ("Anna Berger", "de_DE"), "ben": ("Ben Miller", "en_US")}


def _facts(lab, users, url):
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
    }


def key(lab, users, url):
    """Changes when load() would write something else."""
    text = json.dumps(_facts(lab, users, url)) + Path(__file__).read_text(encoding="utf-8")
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
        process.communicate(json.dumps(_facts(lab, users, url)).encode())
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
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        admin = env.ref("base.user_admin")
        if admin.email != "admin@lab.test":
            # Once: Odoo tells a user by mail whenever their password is written.
            admin.write({"password": facts["users"]["admin"], "email": "admin@lab.test"})
        for login, (name, language) in PEOPLE.items():
            _put(
                env["res.users"].with_context(no_reset_password=True),
                [("login", "=", login)],
                {"login": login, "name": name, "email": f"{login}@lab.test", "password": facts["users"][login]},
                {"lang": language, "tz": "Europe/Berlin"},
            )
        # Where the identity server leads the browser back to.
        env["ir.config_parameter"].set_param("web.base.url", facts["url"])
        anna = env["res.users"].search([("login", "=", "anna")])
        for kind, name, port in (
            ("imap", "Anna", facts["port"]),
            ("smtp", "Anna (Ausgang)", facts["submission_port"]),
        ):
            _put(
                env["comm.mailbox"].with_user(anna).with_context(lang=anna.lang),
                [("user_id", "=", anna.id), ("kind", "=", kind), ("login", "=", "anna@lab.test")],
                {"name": name, "kind": kind, "scope": "personal", "login": "anna@lab.test", "email": "anna@lab.test"},
                {"host": facts["host"], "port": port, "security": "tls", "password": facts["password"]},
            )
        ben = env["res.users"].search([("login", "=", "ben")])
        names = {"imap": "Ben (OAuth 2.0)", "smtp": "Ben (OAuth 2.0, outgoing)"}
        for kind, port in (("imap", facts["port"]), ("smtp", facts["submission_port"])):
            _put(
                env["comm.mailbox"].with_user(ben).with_context(lang=ben.lang),
                [("user_id", "=", ben.id), ("kind", "=", kind), ("auth_method", "=", "oauth2")],
                {"name": names[kind], "kind": kind, "scope": "personal", "email": "ben@lab.test"},
                {
                    "host": facts["host"],
                    "port": port,
                    "security": "tls",
                    "auth_method": "oauth2",
                    "client_id": facts["client_id"],
                    "oauth_authority": facts["authority"],
                },
            )


def _put(model, domain, created, written):
    """Create the record or correct what may have changed since, but not what its user made of it."""
    record = model.search(domain, limit=1)
    if record:
        record.write(written)
    else:
        model.create(created | written)


if __name__ == "__main__":
    _load_in_odoo(sys.argv[1], json.load(sys.stdin))
