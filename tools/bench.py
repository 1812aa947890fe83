"""./dev bench: the product beside its peers, in one run on one machine; see bench/."""

import os
import shutil
from pathlib import Path

from . import databases, odoo_server, paths, postgres, slots
from .console import say

DATABASE = "comm_bench"
OUTPUT = paths.DEV / "bench-output"


def run(source, options):
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    with slots.take("bench") as slot:
        databases.prepare_cluster(slot, source)
        # fsync stays on: numbers without it would be flattery.
        with postgres.Cluster(slot.cluster, slot.log("postgres"), fast=False) as cluster:
            odoo_server.write_config(slot, cluster, source, DATABASE, logfile=slot.log("odoo"), log_level="warn")
            databases.ensure_ready(slot, cluster)
            databases.copy(slot, cluster, databases.READY, DATABASE)
            command = [paths.VENV_PYTHON, "-m", "bench", "--config", slot.conf, "--output", OUTPUT, *options.name]
            say("Measuring ...")
            environment = cluster.environment | {"PYTHONPATH": str(paths.TESTS)}
            code = odoo_server.run_attached(slot, command, env=environment)
    deliver(options)
    return code


def deliver(options):
    """Copy what was measured to where it belongs; root does it where the unprivileged account may not.

    ``--json FILE.json`` gets the results, with the machine and the notes beside it in ``FILE.machine.json``.
    """
    if os.access(paths.BENCH, os.W_OK):
        for drawing in OUTPUT.glob("*.svg"):
            shutil.copyfile(drawing, paths.BENCH / drawing.name)
    if options.json and (OUTPUT / "results.json").exists():
        shutil.copyfile(OUTPUT / "results.json", options.json)
        shutil.copyfile(OUTPUT / "machine.json", Path(options.json).with_suffix(".machine.json"))
