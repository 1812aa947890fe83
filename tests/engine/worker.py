# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An Odoo that has everything loaded and forks a process for each client that connects, as Odoo's own prefork server does.

    python worker.py CONFIG DATABASE SOCKET

The forked process does what its client says, a line of JSON per command, with cursors and commits of its own. It can be told
to kill itself at a commit, to pause before a statement, and to run out of disk. See odoo_process.py for the other end.
"""

import ctypes
import hashlib
import json
import os
import re
import resource
import signal
import socket
import sys
import threading
import traceback
from collections import defaultdict
from functools import partial

import odoo
from odoo import SUPERUSER_ID, api, models, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_REMOUNT = 32
FLAGS = {"is_seen": r"\Seen", "is_flagged": r"\Flagged", "is_answered": r"\Answered", "is_forwarded": "$Forwarded"}


class Worker:
    """Every public method is a command."""

    def __init__(self, connection):
        self._stream = connection.makefile("rw", encoding="utf-8")
        self._commits = 0
        self._death = None
        self._pause = None
        self._watch()

    def _serve(self):
        self._say({"done": os.getpid()})
        for line in self._stream:
            name, args, kwargs = json.loads(line)
            try:
                answer = {"done": getattr(self, name)(*args, **kwargs)}
            except Exception as error:  # noqa: BLE001 (the client raises it again)
                answer = {"failed": [type(error).__name__, str(error), traceback.format_exc()]}
            self._say(answer)

    def _say(self, answer):
        self._stream.write(json.dumps(answer, default=str) + "\n")
        self._stream.flush()

    # What users and the scheduler do

    def call(self, model, ids, method, args=(), uid=SUPERUSER_ID):
        """Call a method in a transaction, as a request of that user does."""

        def act(env):
            result = getattr(env[model].browse(ids), method)(*(_revived(env, arg) for arg in args))
            return result.ids if isinstance(result, models.BaseModel) else result

        return self._transaction(act, uid)

    def run_scheduled_action(self, xml_id):
        """Run it as its button does: as the scheduler would, whether it is time or not."""
        return self._transaction(lambda env: env.ref(xml_id).method_direct_trigger())

    def process_jobs(self):
        """Run the scheduled actions whose time has come, as a cron worker does that was woken."""
        with Registry(_database()).cursor() as cr:
            IrCron = api.Environment(cr, SUPERUSER_ID, {})["ir.cron"]
        IrCron._process_jobs(_database())

    def dump(self, mailbox_id):
        """Return all that Odoo holds of a mailbox."""
        return self._transaction(lambda env: _dump(env, mailbox_id))

    def sql(self, query, params=()):
        """Return the rows."""

        def act(env):
            env.cr.execute(query, params)
            return env.cr.fetchall() if env.cr.description else []

        return self._transaction(act)

    def _transaction(self, act, uid=SUPERUSER_ID):
        registry = Registry(_database()).check_signaling()
        with registry.cursor() as cr:
            env = api.Environment(cr, uid, {})
            result = retrying(lambda: act(env), env)
            registry.signal_changes()
            return result

    # What goes wrong

    def die_at(self, commit, when):
        """Be killed "before" or "after" that commit, counted from now."""
        self._commits = 0
        self._death = (commit, when)

    def count_commits(self):
        """Return the number of commits since the last time."""
        commits, self._commits = self._commits, 0
        return commits

    def pause_before(self, pattern, number=1):
        """Tell the client before the so many-th statement that fits, and wait until it says that we may go on.

        A COPY is met twice, the second time as "in the middle of" it: its rows are sent, and not yet their end. None ends it.
        """
        self._pause = pattern and [re.compile(pattern, re.IGNORECASE), number]

    def set_patience(self, seconds):
        """How long a server may be silent."""
        from odoo.addons.comm_mailboxes.models import comm_mailbox_connection

        comm_mailbox_connection.TIMEOUT = seconds

    def set_turn(self, seconds):
        """How long a mailbox may be fetched before others have their turn."""
        from odoo.addons.comm_mailboxes.sync import engine

        engine.TURN = seconds

    def set_time(self, seconds):
        """How long Odoo lets a request or an action take."""
        config["limit_time_real"] = seconds

    def limit_file_size(self, size, deadly=False):
        """No file can grow larger (EFBIG), or be killed in the middle of writing one; any size again with None."""
        # The log is larger already.
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if deadly else signal.SIG_IGN)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    def use_small_disk(self, size):
        """Keep the files on a file system of so many bytes that only this process sees; a second call resizes it."""
        folder = config.filestore(_database()).encode()
        libc = ctypes.CDLL(None, use_errno=True)
        options = f"size={size}".encode()
        if os.path.ismount(folder):
            _check(libc.mount(b"disk", folder, b"tmpfs", _MS_REMOUNT, options))
            return
        ids = {"uid_map": f"{os.getuid()} {os.getuid()} 1", "gid_map": f"{os.getgid()} {os.getgid()} 1"}
        _check(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS))
        for name, text in {"setgroups": "deny", **ids}.items():
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        _check(libc.mount(b"disk", folder, b"tmpfs", 0, options))

    def _watch(self):
        """Look at every commit and statement of this process."""
        commit, execute = sql_db.Cursor.commit, sql_db.Cursor.execute

        def watched_commit(cr):
            self._commits += 1
            number = self._commits
            self._perhaps_die(number, "before")
            commit(cr)
            self._perhaps_die(number, "after")

        def watched_execute(cr, query, *args, **kwargs):
            self._perhaps_pause(getattr(query, "code", query))
            return execute(cr, query, *args, **kwargs)

        def watched_copy(cr, statement, file, *args, **kwargs):
            self._perhaps_pause(statement)
            middle = partial(self._perhaps_pause, f"in the middle of {statement}")
            return cr._obj.copy_expert(statement, _Pausing(file, middle), *args, **kwargs)

        sql_db.Cursor.commit, sql_db.Cursor.execute = watched_commit, watched_execute
        sql_db.Cursor.copy_expert = watched_copy

    def _perhaps_die(self, number, when):
        if self._death == (number, when):
            os.kill(os.getpid(), signal.SIGKILL)

    def _perhaps_pause(self, statement):
        if self._pause and self._pause[0].search(statement):
            self._pause[1] -= 1
            if not self._pause[1]:
                self._pause = None
                self._say({"paused": statement})
                self._stream.readline()


class _Pausing:
    """What COPY reads its rows from.

    :param pause: called when all of them were read
    """

    def __init__(self, file, pause):
        self._file = file
        self._pause = pause

    def read(self, size):
        rows = self._file.read(size)
        if not rows:
            self._pause()
        return rows


def _check(code):
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _revived(env, value):
    """Records come as ``{"model": ..., "ids": ...}``."""
    if isinstance(value, dict) and value.keys() == {"model", "ids"}:
        return env[value["model"]].browse(value["ids"])
    return value


def _dump(env, mailbox_id):
    mailbox = env["comm.mailbox"].browse(mailbox_id)
    domain = [("mailbox_id", "=", mailbox_id)]
    messages = env["comm.message"].with_context(active_test=False).search(domain, order="id")
    attachments = defaultdict(list)
    for attachment in env["ir.attachment"].search([("res_model", "=", "comm.message"), ("res_id", "in", messages.ids)]):
        digest = hashlib.sha256(attachment.raw or b"").hexdigest()
        attachments[attachment.res_id].append([attachment.name, digest])
    return {
        "state": mailbox.state,
        "last_error": mailbox.last_error,
        "errors": env["comm.mailbox.event"].search([*domain, ("level", "=", "error")]).mapped("text"),
        "folders": {
            folder.path: {
                "id": folder.id,
                "missing": folder.is_missing,
                "counts": [folder.message_count, folder.unread_count],
                "uidvalidity": folder.uidvalidity,
            }
            for folder in env["comm.folder"].search(domain)
        },
        "messages": [
            {
                "id": message.id,
                "folder": message.folder_id.path,
                "server_folder": message.server_folder_id.path,
                "uid": message.uid or None,
                "active": message.active,
                "message_id": message.message_id,
                "flags": sorted([flag for name, flag in FLAGS.items() if message[name]])
                + (message.keywords or "").split(),
                "defect": message.defect,
                "attachments": sorted(attachments[message.id]),
            }
            for message in messages
        ],
        "operations": _operations(env, domain),
    }


def _operations(env, domain):
    if "comm.operation" not in env:
        return []
    return env["comm.operation"].search_read(domain, ["kind", "flag", "value", "attempts", "last_error"], load=None)


def _database():
    return config["db_name"][0]


def main(config_file, database, socket_path):
    odoo.tools.config.parse_config(["-c", config_file, "-d", database, "--no-http"], setup_logging=True)
    load_server_wide_modules()
    Registry(database)
    # A forked process must not share its parent's connections.
    sql_db.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        # Who sees the socket may connect at once.
        listener.bind(f"{socket_path}.new")
        listener.listen()
        os.rename(f"{socket_path}.new", socket_path)
        while True:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                threading.current_thread().dbname = database
                # Its sessions go by the number of this process, by which the tests find them.
                Registry(database)._db = sql_db.db_connect(database)
                Worker(connection)._serve()
                os._exit(0)
            connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
