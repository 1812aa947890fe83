# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A mailbox in Odoo and its account on the server."""

from collections import Counter, defaultdict

from .odoo_process import CRON
from .server_side import OtherClient


class Pair:
    """All folders are fetched; the mailbox belongs to the one user that ``odoo`` has."""

    def __init__(self, lab, odoo, port, fill, **account):
        """``fill``: ``{folder: mails}``; ``port``: of the lab's server or of a proxy before it; ``account``: see lab.account."""
        self._lab = lab
        self._odoo = odoo
        self.account = lab.account(**account)
        self.server = OtherClient(lab.imap(self.account))
        for folder, raws in fill.items():
            lab.create_folder(self.account.address, folder)
            lab.deliver_many(self.account.address, ((folder, raw) for raw in raws))
        # The process that the scheduled action runs in, and the one that serves the user.
        self.worker = odoo.worker()
        self.desk = odoo.worker()
        self.id = self._make_mailbox(port)

    def _make_mailbox(self, port):
        values = {
            "name": self.account.address,
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "login": self.account.address,
            "password": self.account.password,
            "fetch_subfolders": True,
            "auto_fetch": True,
        }
        (mailbox_id,) = self.user_calls("comm.mailbox", [], "create", [values])
        self.desk.call("comm.mailbox", [mailbox_id], "refresh_folders")
        self.desk.sql("UPDATE comm_folder SET fetch_mode = 'this' WHERE mailbox_id = %s", [mailbox_id])
        return mailbox_id

    def close(self):
        """Nobody fetches the mailbox any more, and its processes end."""
        self.server.close()
        # First of all: one that hangs holds locks.
        self._odoo.close_workers()
        with self._odoo.worker() as worker:
            worker.sql("UPDATE comm_mailbox SET active = FALSE WHERE id = %s", [self.id])

    def deliver(self, folder, raws):
        self._lab.deliver_many(self.account.address, ((folder, raw) for raw in raws))

    # What the scheduler does

    def restart(self):
        """Work with a new process."""
        self.worker.kill()
        self.worker = self._odoo.worker()

    def make_due(self):
        self.desk.sql(
            """UPDATE comm_mailbox_lease SET due_at = now() AT TIME ZONE 'UTC', begun_at = begun_at - interval '1 hour'
                WHERE mailbox_id = %s""",
            [self.id],
        )

    def start_sync(self):
        """Make the mailbox due and begin a run of the scheduled action; returns the worker that does it."""
        self.make_due()
        return self.worker.start("run_scheduled_action", CRON)

    def sync(self):
        """Run the scheduled action; returns the error that the mailbox tells then, or False."""
        self.start_sync().result()
        return self.error()

    def settle(self, runs=2):
        """Sync in peace until all is told."""
        for _ in range(runs):
            assert not self.sync()

    # What the user does

    def user_calls(self, model, ids, method, args=(), worker=None):
        return (worker or self.desk).call(model, ids, method, args, self._odoo.user_id)

    def fetch(self, worker=None):
        """Press the button; returns how many messages came or raises CommandFailed."""
        return self.user_calls("comm.mailbox", [self.id], "fetch_mail", worker=worker)

    def write(self, message_ids, **values):
        self.user_calls("comm.message", message_ids, "write", [values])

    def move(self, message_ids, folder):
        self.user_calls("comm.message", message_ids, "move_to", [self._folder(folder)])

    def copy(self, message_ids, folder):
        self.user_calls("comm.message", message_ids, "copy_to", [self._folder(folder)])

    def delete(self, message_ids, seen_in):
        """``seen_in``: the folder in which the user sees them."""
        self.user_calls("comm.message", message_ids, "delete", [self.state()["folders"][seen_in]["id"]])

    def _folder(self, path):
        return {"model": "comm.folder", "ids": [self.state()["folders"][path]["id"]]}

    # What Odoo holds

    def state(self):
        return self.desk.dump(self.id)

    def error(self):
        state = self.state()
        assert bool(state["last_error"]) == (state["state"] == "error")
        return state["last_error"]

    def shown(self, folder):
        """Ids of the records that a user sees in a folder, the oldest first."""
        return [
            message["id"] for message in self.state()["messages"] if message["active"] and message["folder"] == folder
        ]

    def records(self):
        """``{Message-ID: set of ids of the records}``."""
        found = defaultdict(set)
        for message in self.state()["messages"]:
            found[message["message_id"]].add(message["id"])
        return found

    # Both

    def assert_equal(self, *, contents=False):
        """Odoo has what the server has: the same messages in the same folders, each once, with the same flags; and what it
        counts is what it has.
        """
        state = self.state()
        server = self.server.read(contents=contents)
        assert _placements(state) == _lines(server)
        if contents:
            held = {
                (message["server_folder"], message["uid"]): _pairs(message["attachments"])
                for message in state["messages"]
            }
            for message in server:
                assert held[message.folder, message.uid] == message.attachments, message
        shown = [message for message in state["messages"] if message["active"]]
        assert [message for message in shown if not message["uid"]] == [], "shown, but not on the server"
        assert [message for message in shown if message["folder"] != message["server_folder"]] == []
        assert [message["defect"] for message in state["messages"] if message["defect"]] == []
        assert state["operations"] == []
        assert _kept_counts(state) == _counted(state)
        self._assert_no_orphans()

    def assert_kept(self, records):
        """What was a record once (see ``records``) and is still on the server is the same record as then."""
        here = {message.message_id for message in self.server.read()}
        now = self.records()
        assert {name: ids for name, ids in records.items() if name in here and not ids <= now[name]} == {}, (
            "records lost"
        )

    def _assert_no_orphans(self):
        query = """SELECT id FROM ir_attachment WHERE res_model = 'comm.message' AND res_field IS NULL
                   AND res_id NOT IN (SELECT id FROM comm_message)"""
        assert self.desk.sql(query) == [], "attachments without a message"


def _placements(state):
    """A line per message, as _lines gives them for the server."""
    lines = []
    for message in state["messages"]:
        if message["uid"]:
            flags = sorted(message["flags"] + ([] if message["active"] else [r"\Deleted"]))
            lines.append(f"{message['server_folder']} {message['uid']} {message['message_id']} {' '.join(flags)}")
    return sorted(lines)


def _lines(server):
    return sorted(f"{each.folder} {each.uid} {each.message_id} {' '.join(each.flags)}" for each in server)


def _pairs(attachments):
    return tuple(sorted(map(tuple, attachments)))


def _kept_counts(state):
    return {path: tuple(folder["counts"]) for path, folder in state["folders"].items() if any(folder["counts"])}


def _counted(state):
    shown = [message for message in state["messages"] if message["active"]]
    total = Counter(message["folder"] for message in shown)
    unread = Counter(message["folder"] for message in shown if r"\Seen" not in message["flags"])
    return {path: (total[path], unread[path]) for path in total}
