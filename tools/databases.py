"""Databases that are ready in a second: prepared once, then copied.

`template`: Odoo with what our addons depend on, kept as a whole cluster below .dev/cache and copied into each slot.
`ready`: the template with our addons installed, kept in the slot's own cluster until a file of the addons changes.
"""

import ast
import contextlib
import hashlib
import os
import shutil
import subprocess

from . import locks, odoo_server, paths, postgres, slots
from .console import Failure, say

TEMPLATE = "comm_template"
READY = "comm_ready"
# The first one becomes the default of new users.
LANGUAGES = "en_US,de_DE"
# Changing them does not change what is in the database.
NOT_INSTALLED = {"tests", "readme", "__pycache__", "protocol", "sending", "sync"}


def keep_cluster(slot):
    """True when the slot has a cluster from before, whatever template it was made from."""
    try:
        made_by = (slot.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return False
    if made_by != postgres.version():
        raise Failure(
            f"The database was made by PostgreSQL {made_by} and this machine has {postgres.version()}; "
            f"./dev {slot.name} --fresh starts over."
        )
    return True


def prepare_cluster(slot, source):
    """Give the slot a cluster with the template; an older one stays when it still fits."""
    key = _key(source)
    mark = slot.folder / "pg.key"
    with contextlib.suppress(FileNotFoundError):
        if mark.read_text(encoding="utf-8") == key and slot.cluster.is_dir():
            return
    cached = _cached_template(key, source)
    for folder in (slot.cluster, slot.data):
        shutil.rmtree(folder, ignore_errors=True)
    partial = slot.folder / "pg.partial"
    shutil.rmtree(partial, ignore_errors=True)
    _copy(cached / "pg", partial)
    (slot.data / "filestore").mkdir(parents=True)
    _copy(cached / "filestore", slot.data / "filestore" / TEMPLATE)
    partial.rename(slot.cluster)
    mark.write_text(key, encoding="utf-8")


def ensure_ready(slot, cluster):
    """The database READY holds our addons as their files are now."""
    mark = slot.folder / "ready.key"
    key = addons_key()
    with contextlib.suppress(FileNotFoundError):
        if mark.read_text(encoding="utf-8") == key and cluster.has(READY):
            return
    mark.unlink(missing_ok=True)
    say("Installing the addons ...")
    copy(slot, cluster, TEMPLATE, READY)
    odoo_server.install(slot, paths.addon_names(), database=READY)
    mark.write_text(key, encoding="utf-8")


def copy(slot, cluster, template, database):
    """Copy a database with its files."""
    filestore = slot.data / "filestore"
    cluster.copy(template, database)
    shutil.rmtree(filestore / database, ignore_errors=True)
    if (filestore / template).is_dir():
        _copy(filestore / template, filestore / database)


def addons_key():
    """Changes with any file of our addons that a database is made from."""
    digest = hashlib.sha256()
    for folder, subfolders, names in os.walk(paths.ADDONS):
        subfolders[:] = sorted(set(subfolders) - NOT_INSTALLED)
        for name in sorted(names):
            digest.update(os.path.join(folder, name).encode())
            with open(os.path.join(folder, name), "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


def _dependencies():
    """The modules of Odoo that our addons stand on."""
    found = {"base", "web", "mail"}
    for name in paths.addon_names():
        manifest = ast.literal_eval((paths.ADDONS / name / "__manifest__.py").read_text(encoding="utf-8"))
        found.update(manifest.get("depends", ()))
    return sorted(found - set(paths.addon_names()))


def _key(source):
    text = repr((source.key, postgres.version(), _dependencies(), LANGUAGES))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _cached_template(key, source):
    cached = paths.CACHE / f"template-{key}"
    with locks.exclusive("template"):
        if not cached.is_dir():
            for old in paths.CACHE.glob("template-*"):
                shutil.rmtree(old, ignore_errors=True)
            _make_template(cached, source)
    return cached


def _make_template(cached, source):
    say("Preparing a database with Odoo (once, about a minute) ...")
    slot = slots.Slot("template")
    shutil.rmtree(slot.folder, ignore_errors=True)
    slot.folder.mkdir(parents=True)
    log = paths.LOGS / "template.log"
    postgres.initialise(slot.cluster, log)
    with postgres.Cluster(slot.cluster, log, fast=True) as cluster:
        cluster.query(f'CREATE DATABASE "{TEMPLATE}" TEMPLATE template0')
        odoo_server.write_config(slot, cluster, source, TEMPLATE)
        odoo_server.install(slot, _dependencies(), database=TEMPLATE, languages=LANGUAGES, log=log)
    partial = cached.with_name(f"{cached.name}.partial")
    partial.mkdir(parents=True)
    slot.cluster.rename(partial / "pg")
    filestore = slot.data / "filestore" / TEMPLATE
    filestore.mkdir(parents=True, exist_ok=True)
    filestore.rename(partial / "filestore")
    partial.rename(cached)
    shutil.rmtree(slot.folder)


def _copy(source, target):
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)
