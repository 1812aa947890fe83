"""./dev test --odoo-mail: Odoo's own tests of sending, on an Odoo that has our addons and none of their settings.

Odoo runs some of them before `mail` is loaded, which a test run over a whole database cannot do: those fail with and without
our addons. So they run twice, with our addons and without, and what counts is what only the first run fails.
"""

import signal
import xml.etree.ElementTree as ElementTree

from . import databases, odoo_server, paths
from .console import say

# Holds the models that the tests of `mail` send from.
MODULE = "test_mail"
FILES = (
    "base/tests/test_ir_mail_server.py",
    "base/tests/test_ir_mail_server_smtpd.py",
    "base/tests/test_mail.py",
    "mail/tests/test_ir_mail_server.py",
    "mail/tests/test_mail_composer.py",
    "mail/tests/test_mail_mail.py",
    "mail/tests/test_mail_template.py",
    "mail/tests/test_res_users.py",
    "test_mail/tests/test_mail_composer.py",
    "test_mail/tests/test_mail_gateway.py",
    "test_mail/tests/test_mail_mail.py",
    "test_mail/tests/test_mail_multicompany.py",
    "test_mail/tests/test_mail_scheduled_message.py",
    "test_mail/tests/test_mail_security.py",
    "test_mail/tests/test_mail_template.py",
    "test_mail/tests/test_message_post.py",
)


def run(slot, cluster, source, database):
    failed = {}
    for name, template in (("without", databases.TEMPLATE), ("with", databases.READY)):
        databases.copy(slot, cluster, template, database)
        odoo_server.install(slot, [MODULE], database=database)
        say(f"Running Odoo's own tests of sending {name} our addons ...")
        failed[name] = _failures(slot, cluster, source, name)
    ours = sorted(failed["with"] - failed["without"])
    say(
        f"{len(failed['without'])} fail without our addons, {len(failed['with'])} with them; because of them: {len(ours)}."
    )
    for test in ours:
        say(f"  {test}")
    return bool(ours)


def _failures(slot, cluster, source, name):
    """Run the files by pytest and return the names of the tests that did not pass."""
    report = slot.folder / f"odoo-mail-{name}.xml"
    report.unlink(missing_ok=True)
    odoo_server.run_attached(
        slot,
        [
            *(paths.VENV_PYTHON, "-m", "pytest", f"--odoo-config={slot.conf}", "--odoo-http"),
            *("-q", "--no-header", "--tb=no", "--show-capture=no", f"--junitxml={report}"),
            *("-o", f"cache_dir={slot.folder / 'pytest'}", *(str(source.addons_path[0] / file) for file in FILES)),
        ],
        env=cluster.environment,
        stop_signal="INT",
        number=signal.SIGINT,
    )
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 (our own pytest wrote it)
    say(f"{len(cases)} tests ran.")
    return {
        f"{case.get('classname')}.{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }
