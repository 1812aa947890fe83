"""./dev run: an Odoo to try everything by hand, with a mail server full of mail beside it."""

import contextlib
import json

from . import databases, demo_accounts, demo_records, odoo_server, paths, postgres, processes, slots
from .console import Failure, say

DATABASE = "comm"
WEB_PORT = 8069
USERS = {"admin": "admin", "anna": "anna", "ben": "ben"}  # login to password; reachable from this machine only
MARK = "database.json"
SERVICES = ("imap", "imaps", "pop3", "pop3s", "submission", "submissions")


def run(source, options):
    if options.port and not slots.is_free(options.port):
        raise Failure(f"Port {options.port} is in use; choose another one with --port.")
    with slots.take("run", fresh=options.fresh) as slot:
        facts_file = paths.DEV / f"{slot.name}.json"
        facts_file.unlink(missing_ok=True)
        try:
            with _everything(slot, source, options.port) as (facts, server):
                _write(facts_file, facts)
                _print(facts, facts_file)
                code = server.wait()
            raise Failure(f"Odoo ended by itself ({code}); the reason is at the end of {_log(slot)}.")
        except processes.Stopped:
            say("Stopped.")
            raise
        finally:
            facts_file.unlink(missing_ok=True)


@contextlib.contextmanager
def _everything(slot, source, port):
    """PostgreSQL, the mail server and Odoo, stopped in the opposite order."""
    # A complete database is kept whatever changed since, and upgraded; only an unfinished one is made anew.
    if not (_known(slot) and databases.keep_cluster(slot)):
        (slot.folder / MARK).unlink(missing_ok=True)
        databases.prepare_cluster(slot, source)
    url = f"http://127.0.0.1:{port or slots.free_port(WEB_PORT)}"
    with (
        postgres.Cluster(slot.cluster, slot.log("postgres"), fast=False) as cluster,
        demo_accounts.lab(slot) as lab,
    ):
        odoo_server.write_config(
            slot,
            cluster,
            source,
            DATABASE,
            http_port=url.rpartition(":")[2],
            max_cron_threads=1,
            smtp_server=lab.host,
            smtp_port=lab.ports["smtp_in"],
            # So that the outgoing mailbox on the lab's server offers OAuth 2.0.
            comm_mailboxes_oauth_hosts="localhost",
        )
        _prepare_database(slot, cluster, source, lab, url)
        say("Starting Odoo ...")
        server = odoo_server.start(slot, slot.log("odoo"))
        try:
            odoo_server.wait_for_login(server, url, slot.log("odoo"))
            yield _facts(url, lab), server
        finally:
            processes.stop(server)


def _known(slot):
    """What the slot's database was made from; nothing while it is not complete."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        return json.loads((slot.folder / MARK).read_text(encoding="utf-8"))
    return {}


def _prepare_database(slot, cluster, source, lab, url):
    """The database holds the addons as their files are now, and the demo records."""
    mark = slot.folder / MARK
    known = _known(slot)
    wanted = {"odoo": source.key, "addons": databases.addons_key(), "records": demo_records.key(lab, USERS, url)}
    if not known or not cluster.has(DATABASE):
        say("Installing the addons ...")
        mark.unlink(missing_ok=True)
        databases.copy(slot, cluster, databases.TEMPLATE, DATABASE)
        odoo_server.install(slot, paths.addon_names(), database=DATABASE)
    elif known.get("odoo") != wanted["odoo"]:
        say("Upgrading the database, this is another Odoo (takes minutes) ...")
        odoo_server.upgrade(slot, ["base", *paths.addon_names()], database=DATABASE)
    elif known.get("addons") != wanted["addons"]:
        say("Upgrading the addons, their files changed ...")
        odoo_server.upgrade(slot, paths.addon_names(), database=DATABASE)
    if known != wanted:
        demo_records.load(slot, lab, USERS, url)
        mark.write_text(json.dumps(wanted), encoding="utf-8")


def _facts(url, lab):
    return {
        "url": url,
        "database": DATABASE,
        "users": USERS,
        "mail": {service: [lab.host, lab.ports[service]] for service in SERVICES},
        "identity": {"authority": lab.identity.authority, **demo_accounts.applications()},
        "accounts": {account.address: account.password for account in lab.accounts},
    }


def _write(file, facts):
    """Readers never see half a file."""
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    partial.rename(file)


def _print(facts, file):
    mail = ", ".join(f"{service} {port}" for service, (_host, port) in facts["mail"].items())
    say()
    say(f"Odoo           {facts['url']}  (database {facts['database']})")
    say(f"Users          {_pairs(facts['users'])}")
    say(f"Mail servers   {facts['mail']['imap'][0]}: {mail}")
    say(f"Mail accounts  {_pairs(facts['accounts'])}")
    say(
        "OAuth 2.0      log in as ben, open the mailbox “Ben (OAuth 2.0)” and sign in there as ben@lab.test (password ben);"
        " the browser warns of the lab's own certificate, go on"
    )
    say(
        "               log in as admin: for “Support (OAuth 2.0, shared)” sign in as ben@lab.test, who may open it;"
        " for “Info (OAuth 2.0, application)” nobody needs to"
    )
    identity = facts["identity"]
    say(
        f"               to see what a refused access looks like: {identity['authority']}/lab.test/withdraw, then “Fetch now”"
    )
    say(
        f"               to set up by hand: authority {identity['authority']}, application {identity['public']};"
        f" one that signs in itself {identity['confidential']}, tenant lab.test, secret {identity['secret']}"
    )
    say(f"The same for scripts: {paths.shown(file)}. Ctrl-C stops everything.")


def _pairs(secrets):
    return ", ".join(f"{name} (password {password})" for name, password in secrets.items())


def _log(slot):
    return paths.shown(slot.log("odoo"))
