"""The benchmark database, with real cursors and real commits."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config


class OdooDatabase:
    """Opens the database that the configuration file names."""

    def __init__(self, config_file):
        config.parse_config(["-c", config_file], setup_logging=True)
        load_server_wide_modules()
        self.registry = Registry(config["db_name"][0] if isinstance(config["db_name"], list) else config["db_name"])

    @contextmanager
    def env(self):
        """Yield a superuser environment; committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def allow_lab(self, lab):
        """Let the host guard pass for the lab's servers."""
        config.options["comm_mailboxes_allowed_hosts"] = f"127.0.0.1,{lab.host}"
        config.options["comm_mailboxes_ca_file"] = str(lab.ca_file)
