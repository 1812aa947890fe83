"""Keeps passwords and sign-ins out of Odoo's own log."""

import logging
import re

# The second one is of the process for live events, which answers everything where a proxy sends it there.
REQUESTS = (logging.getLogger("werkzeug"), logging.getLogger("longpolling"))
# Writes the arguments of every call by RPC when Odoo's log level is "debug".
CALLS = logging.getLogger("odoo.service.model")


class HideArguments(logging.Filter):
    """Calls on models of this project are logged without their arguments: a saved form holds what was typed into it."""

    def filter(self, record):
        if isinstance(record.args, tuple) and len(record.args) == 3:
            records, method, _arguments = record.args
            if getattr(records, "_name", "").startswith("comm."):
                record.args = (records, method, "…")
        return True


class HideCallback(logging.Filter):
    """The web server's log has the address of each request: a sign-in comes back with its code in there."""

    _QUERY = re.compile(r"(/comm_mailboxes/oauth/callback)\?[^\s\"']*")

    def filter(self, record):
        if isinstance(record.msg, str):
            record.msg = self._QUERY.sub(r"\1?…", record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._QUERY.sub(r"\1?…", value) if isinstance(value, str) else value for value in record.args
            )
        return True


def install():
    # It says what it asks for and gets, in full, where somebody switches on everything.
    logging.getLogger("msal").setLevel(logging.WARNING)
    for requests in REQUESTS:
        if not any(isinstance(one, HideCallback) for one in requests.filters):
            requests.addFilter(HideCallback())
    if not any(isinstance(one, HideArguments) for one in CALLS.filters):
        CALLS.addFilter(HideArguments())
