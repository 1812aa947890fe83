"""./dev i18n: brings the .pot files and de.po up to date with the sources; what is new waits there for its German."""

import os
import shutil

from . import databases, odoo_server, paths, postgres, slots
from .console import say

LANGUAGES = ("de",)
OUTPUT = paths.DEV / "i18n"


def run(source, _options):
    shutil.rmtree(OUTPUT, ignore_errors=True)
    with slots.take("test") as slot:
        databases.prepare_cluster(slot, source)
        with postgres.Cluster(slot.cluster, slot.log("postgres"), fast=True) as cluster:
            odoo_server.write_config(slot, cluster, source, databases.READY)
            databases.ensure_ready(slot, cluster)
            for name in paths.addon_names():
                _export(slot, name)
    if os.access(paths.ADDONS, os.W_OK):
        deliver()
    return 0


def _export(slot, name):
    import polib  # noqa: PLC0415 (in the virtual environment only)

    folder = OUTPUT / name
    folder.mkdir(parents=True)
    fresh = folder / f"{name}.pot"
    odoo_server.run_once(
        slot,
        ["i18n", "export", "-c", slot.conf, "-d", databases.READY, "-l", "pot", "-o", fresh, name],
        slot.log("odoo-i18n"),
        "Odoo could not export the texts",
    )
    current = paths.ADDONS / name / "i18n"
    template = polib.pofile(str(fresh))
    if _same(template, current / fresh.name):
        # Only the dates in the header differ.
        shutil.copyfile(current / fresh.name, fresh)
    for language in LANGUAGES:
        known = current / f"{language}.po"
        catalogue = polib.pofile(str(known)) if known.exists() else polib.POFile()
        catalogue.metadata = {**template.metadata, **catalogue.metadata, "Language": language}
        catalogue.merge(template)
        missing = [entry for entry in catalogue if not entry.obsolete and (entry.fuzzy or not entry.translated())]
        for entry in list(catalogue.obsolete_entries()):
            catalogue.remove(entry)
        catalogue.sort(key=lambda entry: entry.msgid)
        catalogue.save(str(folder / known.name))
        say(f"{name}: {len(catalogue)} texts, {len(missing)} without {language}")


def _same(template, file):
    import polib  # noqa: PLC0415 (in the virtual environment only)

    def essence(entries):
        return sorted((entry.msgctxt or "", entry.msgid, entry.comment, sorted(entry.occurrences)) for entry in entries)

    return file.exists() and essence(template) == essence(polib.pofile(str(file)))


def deliver():
    """Copy what was exported into the sources; root does it where the unprivileged account may not."""
    for file in OUTPUT.glob("*/*.po*"):
        target = paths.ADDONS / file.parent.name / "i18n" / file.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
