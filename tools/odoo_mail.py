"""./dev test --odoo-mail: Odoo's own tests of sending, on an Odoo that has our addons and none of their settings; then a real
invoice.

Ten of Odoo's tests fail here without our addons, too; KNOWN says why. Any other failure fails the command. What fails is tried
a second time by itself (tours on a busy machine), and then without our addons, to tell whose fault it is.
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

_BEFORE_MAIL = (
    "Odoo runs it at the installation of base, before mail is there; mail's _get_test_email_from answers odoo@ instead of"
    " noreply@"
)
_LIBXML2 = (
    "libxml2 2.14 and newer (in lxml 6) put text without a tag into <span> and read broken attributes as HTML 5 does; Odoo's"
    " tests expect <p> and quotes of libxml2 2.12"
)
KNOWN = {
    "TestIrMailServer.test_mail_server_get_test_email_from": _BEFORE_MAIL,
    "TestIrMailServerSMTPD.test_authentication_login_matrix": _BEFORE_MAIL,
    "TestIrMailServerSMTPD.test_encryption_matrix": _BEFORE_MAIL,
    "TestSanitizer.test_basic_sanitizer": _LIBXML2,
    "TestMailTemplate.test_mail_template_acl": _LIBXML2,
    "TestScheduledMessageBusiness.test_scheduled_message_posting": _LIBXML2,
    "TestMessagePost.test_message_post": _LIBXML2,
    "TestMessagePost.test_message_post_defaults": _LIBXML2,
    "TestMessagePostHelpers.test_message_post_with_template": _LIBXML2,
    "TestMessagePostHelpers.test_message_post_with_template_defaults": _LIBXML2,
}


def run(slot, cluster, source, database):
    folder = source.addons_path[0]
    _prepare(slot, cluster, databases.READY, MODULE, database)
    failed = _failures(slot, cluster, [folder / file for file in FILES], "with")
    known = {test for test in failed if _name(test) in KNOWN}
    again = failed - known
    if again:
        again = _failures(slot, cluster, _arguments(folder, again), "again")
    if again:
        _prepare(slot, cluster, databases.TEMPLATE, MODULE, database)
        theirs = _failures(slot, cluster, _arguments(folder, again), "without")
    for test in sorted(known):
        say(f"  fails as it does without our addons: {_name(test)}: {KNOWN[_name(test)]}.")
    for name in sorted(KNOWN.keys() - {_name(test) for test in known}):
        say(f"  passes although it is in the list of tools/odoo_mail.py: {name}.")
    for test in sorted(again):
        say(f"  FAILED, {'without our addons, too' if test in theirs else 'because of our addons'}: {test}")
    say(f"{len(known)} tests fail for a known reason, {len(again)} for another one.")
    return bool(again) | run_invoice(slot, cluster, database)


def run_invoice(slot, cluster, database):
    """./dev test --invoice: our test of the accounting, on a database that has it."""
    _prepare(slot, cluster, databases.READY, "account", database)
    return bool(_failures(slot, cluster, [paths.ADDONS / "comm_mailboxes" / "tests" / "account_invoice.py"], "invoice"))


def _prepare(slot, cluster, template, module, database):
    databases.copy(slot, cluster, template, database)
    odoo_server.install(slot, [module], database=database)


def _name(test):
    return ".".join(test.split(".")[-2:])


def _arguments(folder, tests):
    """Return what names these tests to pytest."""
    arguments = []
    for test in sorted(tests):
        module, _dot, name = test.rpartition("addons.")[2].rpartition(".")
        path, _dot, case = module.rpartition(".")
        arguments.append(f"{folder}/{path.replace('.', '/')}.py::{case}::{name}")
    return arguments


def _failures(slot, cluster, arguments, name):
    """Run tests by pytest and return the names of those that did not pass."""
    say(f"Running {name}: {', '.join(str(argument).rpartition('/')[2] for argument in arguments)} ...")
    report = slot.folder / f"odoo-mail-{name}.xml"
    report.unlink(missing_ok=True)
    odoo_server.run_attached(
        slot,
        [
            *(paths.VENV_PYTHON, "-m", "pytest", f"--odoo-config={slot.conf}", "--odoo-http"),
            *("-q", "--no-header", "--tb=short", "--show-capture=no", f"--junitxml={report}"),
            *("-o", f"cache_dir={slot.folder / 'pytest'}", *map(str, arguments)),
        ],
        env=cluster.environment,
        stop_signal="INT",
        number=signal.SIGINT,
    )
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 (our own pytest wrote it)
    if not cases:
        return {f"{name}: no test ran"}
    say(f"{len(cases)} tests ran.")
    return {
        f"{case.get('classname')}.{case.get('name')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    }
