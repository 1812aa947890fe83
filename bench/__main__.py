"""``python -m bench --config ODOO_CONF [NAME ...] [--json FILE]``; no name means all of them."""

import argparse
import sys
from pathlib import Path

from lab import shared_lab

from . import import_2000_vs_fetchmail
from .odoo_database import OdooDatabase
from .result import as_json, as_table

BENCHMARKS = {
    "import-2000-vs-fetchmail": import_2000_vs_fetchmail.measure,
}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure ours beside an anchor, in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--config", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to this file too")
    options = parser.parse_args()
    unknown = set(options.names) - BENCHMARKS.keys()
    if unknown:
        sys.exit(f"No benchmark is called {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}.")

    database = OdooDatabase(options.config)
    results = []
    for name in options.names or BENCHMARKS:
        print(f"{name} …", flush=True)
        results.append(BENCHMARKS[name](name, database, shared_lab()))
    print(as_table(results))
    if options.json:
        options.json.write_text(as_json(results))


if __name__ == "__main__":
    main()
