"""Odoo's configuration file, module installation and server of a slot."""

import configparser
import contextlib
import secrets
import signal
import time
import urllib.error
import urllib.request

from . import paths, postgres, processes
from .console import Failure

# A file: an Odoo that has used up its limits starts itself anew by the name of the file it runs.
ODOO = (paths.VENV_PYTHON, paths.ROOT / "tools" / "start_odoo.py")


def write_config(slot, cluster, source, database, **options):
    """The slot's odoo.conf; options of the command come on top of what every slot has."""
    config = configparser.RawConfigParser()
    config["options"] = {
        "addons_path": ",".join(map(str, (*source.addons_path, paths.ADDONS))),
        "admin_passwd": secrets.token_urlsafe(24),
        "data_dir": str(slot.data),
        "db_host": str(cluster.host),
        "db_port": str(postgres.PORT),
        "db_user": postgres.USER,
        "db_name": database,
        "dbfilter": f"^{database}$",
        "list_db": "False",
        "http_interface": "127.0.0.1",
        "workers": "0",
        "max_cron_threads": "0",
        "screenshots": str(slot.folder / "browser"),
        "comm_mailboxes_allowed_hosts": "localhost, 127.0.0.1, mail.lab.test",
        "comm_mailboxes_ca_file": str(slot.lab / "certificates" / "ca.pem"),
        **{key: str(value) for key, value in options.items()},
    }
    partial = slot.conf.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        config.write(file)
    partial.chmod(0o600)
    partial.rename(slot.conf)


def run_once(slot, arguments, log, advice):
    """An Odoo that does something and ends; all it says goes to the log."""
    log.unlink(missing_ok=True)
    process = processes.start([*ODOO, *arguments], log=log, env=slot.environment(), cwd=paths.ROOT, stop_signal="KILL")
    try:
        code = process.wait()
    finally:
        processes.stop(process, timeout=10)
    if code or _has_failed(log):
        raise Failure(f"{advice}; the reason is at the end of {paths.shown(log)}.")


def install(slot, modules, *, database, languages=None, log=None):
    """Install modules in a database."""
    arguments = ["-i", ",".join(modules), *([f"--load-language={languages}"] if languages else ())]
    _load(slot, arguments, database, log or slot.log("odoo-install"), f"Odoo could not install {', '.join(modules)}")


def upgrade(slot, modules, *, database):
    """Upgrade modules in a database, and install those that are new."""
    names = ",".join(modules)
    arguments = ["-i", names, "-u", names, "--i18n-overwrite"]
    _load(slot, arguments, database, slot.log("odoo-upgrade"), f"Odoo could not upgrade {', '.join(modules)}")


def _load(slot, arguments, database, log, advice):
    common = ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
    run_once(slot, ["server", "-c", slot.conf, "-d", database, *arguments, *common], log, advice)


def _has_failed(log):
    """Odoo ends with 0 although it could not load a module of ours."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return " CRITICAL " in text or "Some modules are not loaded" in text


def wait_for_login(process, url, log, timeout=180):
    """Return once the page to log in with is there."""
    deadline = time.monotonic() + timeout
    while True:
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"{url}/web/login", timeout=30) as answer,  # noqa: S310 (a server of ours)
        ):
            if answer.status == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"Odoo does not answer at {url}; the reason is at the end of {paths.shown(log)}.")
        time.sleep(0.2)


def start(slot, log):
    return processes.start(
        [*ODOO, "server", "-c", slot.conf], log=log, env=slot.environment(), cwd=paths.ROOT, stop_signal="TERM"
    )


def run_attached(slot, command, *, env=None, number=signal.SIGTERM, **kwargs):
    """Run a program whose output is the user's; returns its exit code."""
    process = processes.start(command, env=slot.environment() | (env or {}), cwd=paths.ROOT, **kwargs)
    try:
        return process.wait()
    finally:
        processes.stop(process, number)
