"""The benchmark database, with real cursors and real commits."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config


class OdooDatabase:
    """Opens the database that the configuration file names; this process is as warm as a worker of Odoo."""

    def __init__(self, config_file):
        config.parse_config(["-c", config_file], setup_logging=True)
        load_server_wide_modules()
        self.config_file = config_file
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

    def create_mailbox(self, lab, account, **values):
        """Make a mailbox of the account, which logs in as mbsync does: by one command. Return its id."""
        self.allow_lab(lab)
        with self.env() as env:
            mailbox = env["comm.mailbox"].create(
                {
                    "name": account.address,
                    "host": "127.0.0.1",
                    "port": lab.ports["imap"],
                    "security": "none",
                    "auth_method": "plain",
                    "allow_clear_password": True,
                    "login": account.address,
                    "password": account.password,
                    **values,
                }
            )
            return mailbox.id

    def choose_all_folders(self, mailbox_id):
        """Let the automatic fetch take every folder of the server."""
        with self.env() as env:
            mailbox = env["comm.mailbox"].browse(mailbox_id)
            mailbox.refresh_folders()
            mailbox.fetch_subfolders = True
            mailbox.folder_ids.fetch_mode = "this"

    def use_port(self, mailbox_id, port):
        """Send the mailbox' visits to another port, that of a proxy."""
        with self.env() as env:
            env["comm.mailbox"].browse(mailbox_id).port = port

    def visit(self, mailbox_id):
        """One visit on the path that scheduled action and button share. Return the number of messages that came."""
        with self.env() as env:
            return env["comm.mailbox"].browse(mailbox_id).fetch_mail()

    def import_all(self, mailbox_id, expected):
        """Visit until all is here: the engine may stop when its time is up and go on in the next visit.

        :raise AssertionError: when a visit brings nothing although something is missing, or when too much is here
        """
        while self.visit(mailbox_id) and self.message_count(mailbox_id) < expected:
            pass
        check(self.message_count(mailbox_id), expected, "messages came")

    def message_count(self, mailbox_id):
        """Return how many messages of the mailbox are here, counted and not remembered."""
        return self.count([("mailbox_id", "=", mailbox_id)])

    def count(self, domain):
        """Return how many messages fit the domain."""
        with self.env() as env:
            return env["comm.message"].search_count(domain)

    def settle(self):
        """Do now what PostgreSQL does some time after a large import, and what would disturb short measurements."""
        with self.registry.cursor() as cr:
            cr._cnx.autocommit = True
            cr.execute("VACUUM ANALYZE")
            cr.execute("CHECKPOINT")

    @contextmanager
    def import_limit(self, megabytes):
        """Meanwhile larger messages come as header only; 0 for no limit."""
        with self.env() as env:
            companies = env["res.company"].search([])
            before = companies[0].comm_import_limit
            companies.comm_import_limit = megabytes
        try:
            yield
        finally:
            with self.env() as env:
                env["res.company"].search([]).comm_import_limit = before


def check(found, expected, what):
    """A benchmark that did not do its work must not look fast.

    :raise AssertionError: unless both are equal
    """
    if found != expected:
        raise AssertionError(f"{found} instead of {expected} {what}")
