"""./dev bench: the product beside its peers, in one run on one machine; see bench/."""

from . import databases, odoo_server, paths, postgres, slots
from .console import say

DATABASE = "comm_bench"


def run(source, options):
    with slots.take("bench") as slot:
        databases.prepare_cluster(slot, source)
        # fsync stays on: numbers without it would be flattery.
        with postgres.Cluster(slot.cluster, slot.log("postgres"), fast=False) as cluster:
            odoo_server.write_config(slot, cluster, source, DATABASE, logfile=slot.log("odoo"), log_level="warn")
            databases.ensure_ready(slot, cluster)
            databases.copy(slot, cluster, databases.READY, DATABASE)
            command = [paths.VENV_PYTHON, "-m", "bench", "--config", slot.conf, *options.name]
            if options.json:
                command += ["--json", options.json]
            say("Measuring ...")
            return odoo_server.run_attached(slot, command, env=cluster.environment | {"PYTHONPATH": str(paths.TESTS)})
