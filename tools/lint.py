"""./dev lint: a line per tool that is content, and what it says when it is not."""

import ast
import os
import subprocess
import xml.etree.ElementTree as ElementTree

from . import node_modules, paths
from .console import Failure, say

PYTHON = ("addons", "bench", "tests", "tools")
SHELL = {"dev": "sh", ".ci/run": "bash"}
PRETTIER = ("addons/**/*.{js,scss,xml}", "*.{cjs,json,yaml,yml}", ".*.{yaml,yml}")
# Without a place of its own it makes a node_modules in the project.
PRETTIER_CACHE = ("--cache", f"--cache-location={paths.CACHE / 'prettier'}")
# What may run without Odoo, and must therefore not know it.
WITHOUT_ODOO = ("addons/*/protocol", "tools", "tests/lab")


def run(_source, options):
    node_modules.install()
    checks = {
        "ruff check": lambda: _tool(
            "ruff", "check", "--quiet", *(["--fix"] if options.fix else ()), *_existing(PYTHON)
        ),
        "ruff format": lambda: _tool(
            "ruff", "format", "--quiet", *([] if options.fix else ("--diff",)), *_existing(PYTHON)
        ),
        "pylint-odoo": lambda: _tool("pylint", *(f"addons/{name}" for name in paths.addon_names())),
        "prettier": lambda: _node(
            "prettier", *PRETTIER_CACHE, "--log-level=warn", "--write" if options.fix else "--check", *PRETTIER
        ),
        "eslint": lambda: _node("eslint", "--max-warnings=0", *(["--fix"] if options.fix else ()), "addons", "*.cjs"),
        "shell scripts": _shell_scripts,
        "XML": _xml,
        "translations": _translations,
        "borders": _borders,
        "tests imported": _tests_imported,
        "file size": _file_sizes,
    }
    failed = []
    for name, check in checks.items():
        complaint = check()
        if complaint:
            failed.append(name)
            say(f"✗ {name}\n{complaint}")
        else:
            say(f"✓ {name}")
    if failed:
        raise Failure(f"Not content: {', '.join(failed)}. ./dev lint --fix corrects what can be corrected by itself.")
    return 0


def _existing(names):
    return [name for name in names if (paths.ROOT / name).is_dir()]


def _run(command, **environment):
    done = subprocess.run(
        command,
        cwd=paths.ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return (done.stdout.strip() or f"ended with {done.returncode}") if done.returncode else ""


def _tool(module, *arguments):
    # HOME: pylint keeps its statistics there.
    return _run([paths.VENV_PYTHON, "-B", "-m", module, *arguments], HOME=str(paths.HOME))


def _node(tool, *arguments):
    modules = paths.NODE / "node_modules"
    return _run([modules / ".bin" / tool, *arguments], NODE_PATH=str(modules), HOME=str(paths.HOME))


def _shell_scripts():
    return "\n".join(filter(None, (_run([shell, "-n", script]) for script, shell in SHELL.items())))


def _xml():
    complaints = []
    for file in sorted(paths.ADDONS.rglob("*.xml")):
        try:
            ElementTree.parse(file)  # noqa: S314 (files of ours)
        except ElementTree.ParseError as error:
            complaints.append(f"{paths.shown(file)}: {error}")
    return "\n".join(complaints)


def _translations():
    """Each German text is there; that the .pot is up to date is a test, since it takes a database."""
    return "\n".join(filter(None, map(_translations_of, paths.addon_names())))


def _translations_of(name):
    import polib  # noqa: PLC0415 (in the virtual environment only)

    pot, german = (paths.ADDONS / name / "i18n" / file for file in (f"{name}.pot", "de.po"))
    if not (pot.exists() and german.exists()):
        return f"{name}: {pot.name} or de.po is missing; ./dev i18n makes them"
    wanted = {entry.msgid for entry in polib.pofile(str(pot))}
    entries = [entry for entry in polib.pofile(str(german)) if not entry.obsolete]
    done = {entry.msgid for entry in entries if entry.translated()}
    missing = sorted(wanted - done | {entry.msgid for entry in entries if not entry.translated()})
    if not missing:
        return ""
    shown = ", ".join(f"“{text}”" for text in missing[:10])
    return f"{name}: {len(missing)} texts without German ({shown}{', …' if len(missing) > 10 else ''}); see ./dev i18n"


def _borders():
    complaints = []
    for pattern in WITHOUT_ODOO:
        for folder in paths.ROOT.glob(pattern):
            for file in folder.rglob("*.py"):
                complaints += [f"{paths.shown(file)}: imports Odoo" for module in _imports(file) if module == "odoo"]
    return "\n".join(complaints)


def _imports(file):
    """First part of what a file imports at its top level."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def _tests_imported():
    """Odoo's own test runner knows only the modules that the package ``tests`` imports; pytest finds all."""
    complaints = []
    for name in paths.addon_names():
        tests = paths.ROOT / "addons" / name / "tests"
        body = ast.parse((tests / "__init__.py").read_text(encoding="utf-8")).body
        known = {alias.name for node in body if isinstance(node, ast.ImportFrom) for alias in node.names}
        complaints += [
            f"{paths.shown(file)}: not imported by tests/__init__.py"
            for file in sorted(tests.glob("test_*.py"))
            if file.stem not in known
        ]
    return "\n".join(complaints)


def _file_sizes():
    """A file that grew too long has two subjects."""
    long = []
    for name in PYTHON:
        for file in sorted((paths.ROOT / name).rglob("*.py")):
            lines = file.read_bytes().count(b"\n")
            if lines > 400:
                long.append(f"{paths.shown(file)}: {lines} lines, more than 400")
    return "\n".join(long)
