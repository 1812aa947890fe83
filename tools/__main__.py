"""The command line of ./dev.

It runs in up to three stages, each replacing the one before: the start (as who called) installs missing Debian
packages; "setup" (as the unprivileged account) fetches Odoo and makes the virtual environment; "work" runs in it.
"""

import argparse
import importlib
import os
import sys

from . import bench, i18n, locks, odoo_source, packages, paths, privileges, processes, stages, virtualenv
from .console import Failure
from .stages import STAGE


def main():
    arguments = sys.argv[1:]
    options = parse(arguments)
    processes.stop_on_signals()
    try:
        return _stage(os.environ.get(STAGE), arguments, options)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except processes.Stopped as stopped:
        return 0 if options.command == "run" else 128 + stopped.number


def _stage(stage, arguments, options):
    if stage is None:
        packages.ensure(options.command)
        if os.geteuid() == 0:
            return _as_account(arguments, options)
        stage = "setup"
    if stage == "setup":
        with locks.exclusive("setup"):
            virtualenv.ensure(odoo_source.ensure())
        if options.command == "setup":
            return 0
        _work(arguments)
    processes.adopt_orphans()
    for folder in (paths.HOME, paths.CACHE):
        folder.mkdir(parents=True, exist_ok=True)
    os.environ.pop(STAGE)
    try:
        return importlib.import_module(f"tools.{options.command}").run(odoo_source.current(), options)
    finally:
        processes.end_children()


def _as_account(arguments, options):
    """Go on as the unprivileged account; only what writes into root's folders is left for root to do."""
    if privileges.sources_are_roots() and options.command == "i18n":
        code = privileges.run_as_account(arguments, {STAGE: "setup"})
        if not code:
            i18n.deliver()
        return code
    if options.command == "bench":
        code = privileges.run_as_account(["bench", *options.name], {STAGE: "setup"})
        bench.deliver(options)
        return code
    if privileges.sources_are_roots() and options.command == "lint" and options.fix:
        code = privileges.run_as_account(["setup"], {STAGE: "setup"})
        return code or _work(arguments)
    return privileges.become_account(arguments, {STAGE: "setup"})


def _work(arguments):
    """Replace this process by the same command in the virtual environment."""
    command, environment = stages.work(*arguments)
    os.execve(command[0], command, environment)


def _port(text):
    port = int(text)
    if not 1024 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1024 to 65535")
    return port


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev", description="Develop, try and test the addons.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    run = commands.add_parser("run", help="an Odoo with both addons, a mail server and demo data; Ctrl-C stops it")
    run.add_argument("--fresh", action="store_true", help="start over: forget the database and all mail")
    run.add_argument("--port", type=_port, help="web port (8069 if free, else another one)")

    test = commands.add_parser("test", help="all tests; arguments that ./dev does not know go to pytest")
    test.add_argument("--fresh", action="store_true", help="prepare the test databases anew")
    test.add_argument("--long", action="store_true", help="also the tests that take minutes")
    test.add_argument("--odoo", action="store_true", help="the addons' tests by Odoo's own runner instead of pytest")

    test.add_argument(
        "--odoo-mail", action="store_true", help="Odoo's own tests of sending with our addons, and --invoice"
    )
    test.add_argument("--invoice", action="store_true", help="a real invoice on its way, with Odoo's accounting")

    bench = commands.add_parser("bench", help="measure the product beside its peers")
    bench.add_argument("name", nargs="*", help="benchmarks to run; all without a name")
    bench.add_argument("--json", metavar="FILE", help="write the results there, too, and the machine beside it")

    lint = commands.add_parser("lint", help="all linters")
    lint.add_argument("--fix", action="store_true", help="let them correct what they can")

    commands.add_parser("shell", help="a Python shell on the database of ./dev run")
    commands.add_parser("i18n", help="bring the translation files up to date with the sources")
    commands.add_parser("setup", help="only install and download what the others need")

    options, rest = parser.parse_known_args(arguments)
    if not options.command:
        parser.print_help()
        parser.exit(2)
    if rest and options.command != "test":
        parser.error(f"unknown argument: {rest[0]}")
    options.pytest = rest
    return options


if __name__ == "__main__":
    sys.exit(main())
