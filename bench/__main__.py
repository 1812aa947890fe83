"""``python -m bench --config ODOO_CONF --output FOLDER [NAME ...]``; no name means all of them.

Into the folder go ``results.json``, ``machine.json`` (what it was measured on, and the notes) and what benchmarks draw.
"""

import argparse
import json
import logging
import sys
import time
from functools import partial
from pathlib import Path

from lab import shared_lab

from . import (
    flags_10_of_10000,
    growth,
    import_2000_vs_fetchmail,
    import_vs_mbsync,
    list_100000,
    machine,
    nochange,
    peak_rss,
    send_1000_vs_smtplib,
    workers_2_vs_1,
)
from .odoo_database import OdooDatabase
from .result import as_json, as_table

_logger = logging.getLogger(__name__)

BENCHMARKS = {
    "import-2000-vs-fetchmail": import_2000_vs_fetchmail.measure,
    "import-2000-vs-mbsync": import_vs_mbsync.measure_mixed,
    "import-10000-small-vs-mbsync": import_vs_mbsync.measure_small,
    "nochange-200-folders-vs-mbsync": nochange.measure_folders,
    "nochange-10000-vs-mbsync": nochange.measure_messages,
    "flags-10-of-10000": flags_10_of_10000.measure,
    "workers-2-vs-1": workers_2_vs_1.measure,
    "peak-rss-100mb-message": peak_rss.measure_large_message,
    "peak-rss-10000": peak_rss.measure_messages,
    "send-1000-vs-smtplib": send_1000_vs_smtplib.measure,
    "growth": growth.measure,
    "open-100000-vs-odoo-list": list_100000.measure_open,
    "scroll-100000": list_100000.measure_scroll,
    "search-100000": list_100000.measure_search,
}
# The ratio that is good enough, where there is one.
GOALS = {
    "import-2000-vs-fetchmail": 25,
    "import-2000-vs-mbsync": 0.5,
    "import-10000-small-vs-mbsync": 0.5,
    "nochange-200-folders-vs-mbsync": 1,
    "nochange-10000-vs-mbsync": 1,
    "workers-2-vs-1": 1.7,
    "workers-2-vs-1/over-100-mbit": 1.7,
    "peak-rss-100mb-message": 1,
    "peak-rss-10000": 1,
    "send-1000-vs-smtplib": 0.8,
    # At most 0.7 of its time.
    "open-100000-vs-odoo-list": 1.43,
    **{f"scroll-100000/{step}": 1 for step in ("date", "sender", "subject", "size", "open-a-mail")},
    **{f"search-100000/{word}": 1 for word in ("rare", "in-all", "sender")},
    "send-1000-vs-smtplib/outbox": 0.8,
}


def main():
    options = _parse()
    database = OdooDatabase(options.config)
    described = machine.describe(database)
    started = time.monotonic()
    results, failed = [], {}
    for name in options.names or BENCHMARKS:
        print(f"{name} …", flush=True)
        measure = BENCHMARKS[name]
        if measure is growth.measure:
            measure = partial(measure, output=options.output)
        try:
            found = measure(name, database, shared_lab())
        except Exception as error:
            # One that fails must not cost the numbers of the others.
            _logger.exception("%s failed", name)
            failed[name] = f"{type(error).__name__}: {error}"
            continue
        results += found if isinstance(found, list) else [found]
    print(as_table(results, GOALS))
    for name, reason in failed.items():
        print(f"{name} FAILED: {reason}")
    described["minutes"] = round((time.monotonic() - started) / 60, 1)
    described["measured_at"] = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    notes = {result.name: result.note for result in results if result.note}
    (options.output / "results.json").write_text(as_json(results), encoding="utf-8")
    (options.output / "machine.json").write_text(
        json.dumps({"machine": described, "notes": notes, "failed": failed}, indent=2) + "\n", encoding="utf-8"
    )
    return 1 if failed else 0


def _parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure ours beside an anchor, in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--config", required=True)
    parser.add_argument("--output", required=True, type=Path)
    options = parser.parse_args()
    unknown = set(options.names) - BENCHMARKS.keys()
    if unknown:
        sys.exit(f"No benchmark is called {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}.")
    return options


if __name__ == "__main__":
    sys.exit(main())
