import base64
import io
import json
import logging
import sys
import traceback
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.http import Application
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, config, mute_logger

from ..protocol.imap import ImapSession
from .common import CommCase, LabCase
from .echo_server import MODES, SENDING_MODES, EchoServer

# Quotes and backslashes are escaped on their way, each time differently.
SECRET = 'Corr"ect\\horse 4711 staple'
LOGIN = "anna@lab.test"


def forms_of(secret, login=LOGIN):
    """Return what would give the secret away."""
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    forms = {secret, escaped, json.dumps(secret)[1:-1], repr(secret)[1:-1], repr(secret.encode())[2:-1]}
    for raw in (secret, f"\0{login}\0{secret}", f"user={login}\1auth=Bearer {secret}\1\1"):
        forms.add(base64.b64encode(raw.encode()).decode())
    return forms


class SecretsCase(CommCase):
    """Collects whatever leaves the server, and looks through it and the whole database for a secret."""

    @contextmanager
    def everything_logged(self, without=()):
        """Yield a list of all log lines, at the level at which Odoo says the most (``ir.logging`` gets the same ones).

        :param without: names of loggers that are not the product's
        """
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        # A line that should not be there tells where it comes from.
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        handler.addFilter(lambda record: record.name not in without)
        names = (None, "odoo", "odoo.sql_db", "odoo.http.rpc", "odoo.addons", "werkzeug")
        loggers = [logging.getLogger(name) for name in names]
        levels = [logger.level for logger in loggers]
        loggers[0].addHandler(handler)
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        lines = []
        try:
            # The lines are wanted here, not on the screen.
            others = [other for other in loggers[0].handlers if other is not handler]
            for other in others:
                loggers[0].removeHandler(other)
            yield lines
        except BaseException:
            # Whoever looks for the reason finds it there; pytest shows it with the failure.
            sys.stderr.write("\n".join(stream.getvalue().splitlines()[-200:]))
            raise
        finally:
            for other in others:
                loggers[0].addHandler(other)
            loggers[0].removeHandler(handler)
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
            lines.append(stream.getvalue())

    @contextmanager
    def everything_answered(self):
        """Yield a list of what browsers get: head and text of each answer."""
        answers, real = [], Application.__call__

        def serve(application, environ, start_response):
            head = []

            def start(status, headers, *error):
                head[:] = [environ["PATH_INFO"], status, headers]
                return start_response(status, headers, *error)

            body = real(application, environ, start)
            if not dict(head[2]).get("Content-Type", "").startswith(("text/html", "application/json")):
                # Scripts, pictures, the line for live events.
                answers.append(f"{head}")
                return body
            chunks = list(body)
            body.close()
            answers.append(f"{head} {b''.join(chunks).decode()}")
            return chunks

        with patch.object(Application, "__call__", serve):
            yield answers

    def assert_hidden(self, text, what, secret=SECRET, login=LOGIN):
        found = [form for form in forms_of(secret, login) if form in text]
        if found:
            at = text.index(found[0])
            self.fail(f"the secret is in {what}: …{text[max(0, at - 300) : at + 100]}…")

    def assert_not_in_database(self, *secrets, login=LOGIN):
        self.env.flush_all()
        self.env.cr.precommit.run()
        tables = self.env.execute_query(
            SQL(
                """SELECT table_name FROM information_schema.tables
                    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"""
            )
        )
        self.assertGreater(len(tables), 100)
        forms = {form for secret in secrets or [SECRET] for form in forms_of(secret, login)}
        # A row as text doubles what it escapes.
        forms |= {form.replace("\\", "\\\\").replace('"', '""') for form in forms}
        for (table,) in tables:
            # As a dump would write the row; strpos knows no wildcards.
            query = SQL(
                "SELECT 1 FROM %s AS line, unnest(%s) AS form WHERE strpos(line::text, form) > 0 LIMIT 1",
                SQL.identifier(table),
                sorted(forms),
            )
            self.assertFalse(self.env.execute_query(query), f"a secret is in the table {table}")


@tagged("post_install", "-at_install")
class TestSecretsInAnswers(SecretsCase, LabCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.account = self.lab.account(password=SECRET)
        for user in (self.anna, self.manager, self.admin):
            user.password = user.login
            user.group_ids += self.env.ref("base.group_allow_export")

    def call(self, model, method, *args, **kwargs):
        """Call a method as the browser does and keep the answer, errors with their traceback included."""
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}),
            headers={"Content-Type": "application/json"},
        )
        self.answers.append(f"{model}.{method}: {answer.text}")
        return answer.json().get("result")

    def test_no_answer_no_log_line_and_no_row_holds_the_password(self):
        self.answers = []
        with self.everything_logged() as log:
            self.authenticate(self.anna.login, self.anna.login)
            mailbox_id = self.enter_the_password()
            self.use_the_mailbox(mailbox_id)
            shared = self.make_shared({self.anna: "write"}, password=SECRET, login=LOGIN, host=self.lab.host)
            self.look_everywhere(shared.id)
            for user in (self.anna, self.manager, self.admin):
                self.authenticate(user.login, user.login)
                for record_id in (mailbox_id, shared.id):
                    self.look_everywhere(record_id)
        self.assertGreater(len(self.answers), 80)
        self.assertTrue(self.env["comm.mailbox"].browse(mailbox_id).has_password)
        self.assertEqual(self.env["comm.mailbox"].browse(mailbox_id).state, "ok", "the password was really used")
        for answer in self.answers:
            self.assert_hidden(answer, "an answer")
        self.assert_hidden("".join(log), "the log")
        self.assert_not_in_database()

    def enter_the_password(self):
        """As the form does: each change asks the server, then the record is saved."""
        fields = {name: {} for name in self.env["comm.mailbox"].with_user(self.anna).fields_get(attributes=["type"])}
        values = {
            "name": "Office",
            "login": self.account.address,
            "host": self.lab.host,
            "password": SECRET,
        }
        self.call("comm.mailbox", "onchange", [], values, ["security", "password"], fields)
        values.update(security="tls", port=self.lab.ports["imaps"])
        [saved] = self.call("comm.mailbox", "web_save", [], values, specification=fields)
        self.call("comm.mailbox", "onchange", [saved["id"]], {"password": SECRET}, ["password"], fields)
        self.call("comm.mailbox", "web_save", [saved["id"]], {"password": SECRET}, specification=fields)
        return saved["id"]

    def use_the_mailbox(self, mailbox_id):
        self.deliver()
        for method in ("check_connection", "refresh_folders", "fetch_mail"):
            self.call("comm.mailbox", method, [mailbox_id])
        self.answers.append(self.url_open(f"/comm_mailboxes/mailbox/{mailbox_id}/check", data={}).text)
        # What goes wrong is told, with a traceback.
        self.call("comm.mailbox", "write", [mailbox_id], {"password": [SECRET]})
        self.call("comm.mailbox", "write", [mailbox_id], {"password": SECRET, "port": -1})
        self.call("comm.mailbox", "write", [mailbox_id], {"password": SECRET, "no_such_field": 1})
        self.call("comm.mailbox", "create", [{"password": SECRET, "host": "a\nb", "name": "x"}])
        self.call("comm.mailbox", "no_such_method", [mailbox_id], SECRET)

    def look_everywhere(self, mailbox_id):
        for model in ("comm.mailbox", "comm.mailbox.event", "comm.mailbox.template", "comm.folder", "comm.message"):
            names = list(self.env[model].with_user(self.anna).fields_get(attributes=["type"]))
            ids = [mailbox_id] if model == "comm.mailbox" else []
            domain = [("id", "=", mailbox_id)] if ids else []
            self.call(model, "fields_get")
            self.call(model, "default_get", names)
            self.call(model, "name_search", "")
            self.call(model, "search_read", domain)
            self.call(model, "web_search_read", domain, {name: {} for name in names})
            self.call(model, "get_views", [[False, "list"], [False, "form"], [False, "search"]])
            if ids:
                self.call(model, "read", ids)
                self.call(model, "web_read", ids, {name: {} for name in names})
                self.call(model, "export_data", ids, names)
                self.call(model, "onchange", ids, {"security": "starttls"}, ["security"], {name: {} for name in names})
                self.call(model, "copy_data", ids)
                [copied] = self.call(model, "copy", ids) or [None]
                if copied:
                    self.call(model, "web_read", [copied], {name: {} for name in names})
                    self.assertFalse(self.env[model].browse(copied).has_password)
                for groupby in ("password", "has_password", "state"):
                    self.call(model, "formatted_read_group", domain, [groupby], ["__count"])
                for value in (SECRET, "x"):
                    # Not even by asking whether it is this one.
                    self.call(model, "search_count", [("password", "=", value)])
        for method in ("search_read", "read", "web_read", "export_data", "_reveal__"):
            self.call("comm.mailbox.secret", method, [])

    def test_searching_tells_nothing_about_a_password(self):
        self.make_mailbox(password=SECRET)
        answers = set()
        for value in (SECRET, "another"):
            for operator in ("=", "like", "=like"):
                try:
                    with mute_logger("odoo.fields", "odoo.domains"):
                        found = (
                            self.env["comm.mailbox"].with_user(self.anna).search_count([("password", operator, value)])
                        )
                    answers.add(found)
                except (ValueError, UserError) as error:
                    answers.add(type(error))
        self.assertEqual(len(answers), 1)


@tagged("post_install", "-at_install")
class TestSecretsByHostileServers(SecretsCase):
    """Some servers echo the command that they refuse. What they say lands in front of people."""

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.enterContext(patch.dict(config.options, {"comm_mailboxes_allowed_hosts": "127.0.0.1"}))

    def texts(self, mailbox):
        """Yield everything that is told after a visit."""
        yield mailbox.last_error or ""
        yield " ".join(mailbox.event_ids.mapped("text"))
        activities = self.env["mail.activity"].search([("res_model", "=", "comm.mailbox"), ("res_id", "=", mailbox.id)])
        yield " ".join(f"{activity.summary} {activity.note}" for activity in activities)

    def visit(self, mailbox):
        """Check and fetch, and return what a browser is told: the steps, and the error with its traceback."""
        told = [json.dumps(mailbox.check_connection())]
        if mailbox.kind != "smtp":
            try:
                mailbox.fetch_mail()
            except UserError:
                # The web client shows it under "See technical details".
                told.append(traceback.format_exc())
        return told

    def test_what_a_server_echoes_is_hidden(self):
        for kind, modes in MODES.items():
            for mode in modes:
                for method in ("plain", "login"):
                    with self.subTest(f"{kind} {mode} {method}"), EchoServer(kind, mode) as server:
                        mailbox = self.make_mailbox(
                            kind=kind,
                            host="127.0.0.1",
                            port=server.port,
                            security="none",
                            auth_method=method,
                            allow_clear_password=True,
                            auto_fetch=True,
                            login=LOGIN,
                            password=SECRET,
                        )
                        with self.everything_logged() as log:
                            told = self.visit(mailbox)
                        mailbox.invalidate_recordset()
                        self.assertEqual(mailbox.state, "error")
                        for text in (*told, *self.texts(mailbox.with_env(self.env)), *log):
                            self.assert_hidden(text, "what is told")

    def test_nor_is_what_it_echoes_when_mail_is_handed_over_shown(self):
        self.env["ir.mail_server"].search([]).active = False
        for mode in SENDING_MODES:
            for is_mailbox in (True, False):
                with self.subTest(mode, is_mailbox=is_mailbox), EchoServer("smtp", mode) as server:
                    with self.everything_logged(without=("odoo.sql_db",)) as log:
                        told = self.send(server.port, is_mailbox)
                    self.assertIn("you sent", " ".join(told))
                    for text in (*told, *log):
                        self.assert_hidden(text, "what is told")
                    self.assert_not_in_database()

    def send(self, port, is_mailbox):
        """Send a message through a mailbox, or through the server in Odoo's configuration; return what is told of it."""
        access = {"login": LOGIN, "password": SECRET, "auth_method": "plain", "allow_clear_password": True}
        mailbox = self.make_mailbox(
            kind="smtp", port=port, security="none", email=LOGIN, host=is_mailbox and "127.0.0.1", **access
        )
        self.env["res.users.settings"]._find_or_create_for_user(self.anna)
        self.anna.sudo().res_users_settings_ids.comm_undo_seconds = 0
        values = {"from_mailbox_id": mailbox.id, "email_to": "ben@example.com", "subject": "Offer", "body_text": "x"}
        messages = self.env["comm.message"].with_user(self.anna)
        message = self.env["comm.message"].browse(messages.save_draft(values))
        message.with_user(self.anna).action_send()
        options = {"smtp_server": "127.0.0.1", "smtp_port": port, "smtp_user": LOGIN, "smtp_password": SECRET}
        with (
            patch.dict(config.options, options),
            patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False),
        ):
            mailbox.sudo()._send_outbox()
        self.env.invalidate_all()
        return [message.send_error or "", json.dumps(message.delivery), *self.texts(mailbox.with_env(self.env))]

    def test_nor_does_an_error_that_nobody_thought_of_show_it(self):
        def fail(*_args):
            raise ValueError(f"invalid literal for int() with base 10: b'PASS {SECRET}'")

        with EchoServer("imap", "late no") as server, patch.object(ImapSession, "folders", fail):
            mailbox = self.make_mailbox(
                host="127.0.0.1",
                port=server.port,
                security="none",
                auth_method="plain",
                allow_clear_password=True,
                login=LOGIN,
                password=SECRET,
            )
            with self.everything_logged() as log:
                told = self.visit(mailbox)
        self.assertIn("invalid literal", log[0])
        for text in (*told, *self.texts(mailbox.with_env(self.env)), *log):
            self.assert_hidden(text, "what is told")

    def test_the_search_finds_what_is_there(self):
        for name in (f"a {SECRET} b", base64.b64encode(SECRET.encode()).decode()):
            partner = self.env["res.partner"].create({"name": name})
            with self.assertRaisesRegex(AssertionError, "in the table res_partner"):
                self.assert_not_in_database("nowhere-0815-4711", SECRET)
            partner.unlink()
            self.assert_not_in_database("nowhere-0815-4711", SECRET)

    def test_nor_is_it_stored(self):
        with EchoServer("imap", "no") as server:
            mailbox = self.make_mailbox(
                host="127.0.0.1",
                port=server.port,
                security="none",
                auth_method="plain",
                allow_clear_password=True,
                auto_fetch=True,
                login=LOGIN,
                password=SECRET,
            )
            with mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"):
                self.visit(mailbox)
        self.assert_not_in_database()
