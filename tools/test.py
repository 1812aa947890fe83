"""./dev test: everything that is tested, against a fresh database and a real mail server."""

import shutil
import signal

from . import databases, node_modules, odoo_mail, odoo_server, paths, postgres, processes, slots, stages
from .console import Failure, say

DATABASE = "comm_test"
# With what is moved it takes about as long as all the rest.
HALF = "addons/comm_mailboxes"
MOVED = [f"{HALF}/tests/{name}.py" for name in ("test_hostile_html", "test_mime", "test_mime_corpus")]


def run(source, options):
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        raise Failure("The browser tours need Chromium; run ./dev test again, it installs the package.")
    node_modules.install()
    if not (options.pytest or options.odoo_mail or options.invoice or options.odoo):
        return _halves(options)
    with slots.take("test", fresh=options.fresh) as slot:
        databases.prepare_cluster(slot, source)
        with postgres.Cluster(slot.cluster, slot.log("postgres"), fast=True) as cluster:
            odoo_server.write_config(slot, cluster, source, DATABASE, http_port=slots.free_port())
            databases.ensure_ready(slot, cluster)
            databases.copy(slot, cluster, databases.READY, DATABASE)
            if options.odoo_mail:
                return odoo_mail.run(slot, cluster, source, DATABASE)
            if options.invoice:
                return odoo_mail.run_invoice(slot, cluster, DATABASE)
            if options.odoo:
                return _by_odoo(slot)
            return _by_pytest(slot, cluster, options)


def _halves(options):
    """Run all tests as two commands side by side, with servers of their own each: a core for either."""
    rest = [f"addons/{name}" for name in paths.addon_names() if f"addons/{name}" != HALF] + ["tests", *MOVED]
    common = [name for name, given in (("--fresh", options.fresh), ("--long", options.long)) if given]
    log = paths.LOGS / "test-beside.log"
    log.unlink(missing_ok=True)
    say(f"Running {HALF}, and beside it {', '.join(rest)}, whose report follows (now in {paths.shown(log)}) ...")
    command, environment = stages.work("test", *common, *rest)
    beside = processes.start(command, log=log, env=environment, cwd=paths.ROOT)
    started = [beside]
    try:
        command, environment = stages.work("test", *common, HALF, *(f"--ignore={path}" for path in MOVED))
        started.append(processes.start(command, env=environment, cwd=paths.ROOT))
        codes = [process.wait() for process in reversed(started)]
    finally:
        for process in started:
            # Each has servers to stop.
            processes.stop(process, timeout=90)
    say(log.read_text(encoding="utf-8", errors="replace"))
    return max(codes)


def _by_pytest(slot, cluster, options):
    arguments = list(options.pytest)
    if not any(_is_path(argument) for argument in arguments):
        arguments += ["addons", "tests"]
    if not options.long and "-m" not in arguments:
        arguments += ["-m", "not long"]
    say("Running the tests ...")
    # pytest unwinds its fixtures, and so the lab, on SIGINT.
    return odoo_server.run_attached(
        slot,
        [
            *(paths.VENV_PYTHON, "-m", "pytest", f"--odoo-config={slot.conf}", "--odoo-http"),
            *("-o", f"cache_dir={slot.folder / 'pytest'}", *arguments),
        ],
        env=cluster.environment,
        stop_signal="INT",
        number=signal.SIGINT,
    )


def _is_path(argument):
    return not argument.startswith("-") and (paths.ROOT / argument.partition("::")[0]).exists()


def _by_odoo(slot):
    say("Running the addons' tests by Odoo's own runner ...")
    names = paths.addon_names()
    tags = ",".join(f"/{name}" for name in names)
    command = [*odoo_server.ODOO, "server", "-c", slot.conf, "-u", ",".join(names), f"--test-tags={tags}"]
    return odoo_server.run_attached(slot, [*command, "--stop-after-init", "--log-level=test"])
