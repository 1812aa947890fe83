"""What ./dev run puts into its database: users, their languages, and anna's mailbox.

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


def _facts(lab, users):
    return {"users": users, "host": lab.host, "port": lab.ports["imaps"], "password": lab.account("anna").password}


def key(lab, users):
    """Changes when load() would write something else."""
    text = json.dumps(_facts(lab, users)) + Path(__file__).read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def load(slot, lab, users):
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
        process.communicate(json.dumps(_facts(lab, users)).encode())
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
        env.ref("base.user_admin").write({"password": facts["users"]["admin"], "email": "admin@lab.test"})
        for login, (name, language) in PEOPLE.items():
            _put(
                env["res.users"].with_context(no_reset_password=True),
                [("login", "=", login)],
                {"login": login, "name": name, "email": f"{login}@lab.test"},
                {"lang": language, "tz": "Europe/Berlin", "password": facts["users"][login]},
            )
        anna = env["res.users"].search([("login", "=", "anna")])
        _put(
            env["comm.mailbox"].with_user(anna).with_context(lang=anna.lang),
            [("user_id", "=", anna.id), ("login", "=", "anna@lab.test")],
            {"name": "Anna", "kind": "imap", "scope": "personal", "login": "anna@lab.test", "email": "anna@lab.test"},
            {"host": facts["host"], "port": facts["port"], "security": "tls", "password": facts["password"]},
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
