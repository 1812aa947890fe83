from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

from ..protocol import folders as server_folders
from ..protocol.errors import FolderNotFound, ProtocolError


class CommMailbox(models.Model):
    """The dialogs "Subscribe…" and "Select…": which folders the server shows, and which are fetched by themselves.

    Whoever may edit the mailbox may use them.
    """

    _inherit = "comm.mailbox"

    def action_subscribe(self):
        """Open the tree of all folders on the server with a checkbox for each subscription."""
        return self._folder_dialog("comm_mailboxes.subscribe")

    def action_select_folders(self):
        """Open the tree of the known folders to choose what the automatic fetch takes."""
        return self._folder_dialog("comm_mailboxes.select_folders")

    def _folder_dialog(self, tag):
        self.ensure_one()
        self._check_folder_settings()
        return {
            "type": "ir.actions.client",
            "tag": tag,
            "params": {"mailbox_id": self.id, "name": self.name, "only_subscribed": self.only_subscribed},
        }

    def subscription_choices(self):
        """Ask the server for all its folders. Commits what the caller did before.

        :return: a list of dicts, parents before children; "no_mail" tells what the folder seems to hold instead of mail
        :raise UserError: with what went wrong and what to do
        """
        self.ensure_one()
        self._check_folder_settings()
        shown_name = self.env["comm.folder"]._shown_name
        return [
            {
                "path": info.path,
                "parent": info.parent_path,
                "name": shown_name(info.name, info.role),
                "role": info.role,
                "selectable": info.selectable,
                "subscribed": info.subscribed,
                "no_mail": server_folders.no_mail_kind(info),
            }
            for info in self._ask_server(lambda session: session.folders(status=False))
        ]

    def set_subscriptions(self, changes):
        """Subscribe and unsubscribe folders on the server.

        Commits what the caller did before. What the server has that way already, somebody may have been faster, is left
        alone.

        :param changes: ``{path: whether it is to be subscribed}``
        :return: ``[{"path": …, "reason": …}]`` for what the server did not do
        :raise UserError: with what went wrong and what to do
        """
        self.ensure_one()
        self._check_folder_settings()
        done, refused = self._ask_server(lambda session: _change_subscriptions(session, changes))
        # A transaction of its own: it is tried again when a fetch changes the same folders, and the server is not.
        with self.env.registry.cursor() as cr:
            mailbox = self.with_env(self.env(cr=cr))
            mailbox._record(mailbox._note_subscriptions, done)
        self.env.invalidate_all()
        return [{"path": path, "reason": self._explain(error)} for path, error in refused.items()]

    def folder_choices(self):
        """Return the folders that the last refresh brought, as a list of dicts; empty when there was none."""
        self.ensure_one()
        self._check_folder_settings()
        folders = self.env["comm.folder"].search(
            [("mailbox_id", "=", self.id), ("is_local", "=", False), ("is_missing", "=", False)]
        )
        return [
            {
                "id": folder.id,
                "path": folder.path,
                "parent_id": folder.parent_id.id,
                "name": folder._shown_name(folder.name, folder.role),
                "role": folder.role or "",
                "selectable": folder.is_selectable,
                "subscribed": folder.subscribed,
                "fetch_mode": folder.fetch_mode,
                "no_mail": server_folders.no_mail_kind(folder),
            }
            for folder in folders
        ]

    def set_fetch_modes(self, changes):
        """Choose what the automatic fetch takes.

        :param changes: ``{folder id: fetch mode}``; folders that are gone are passed over
        """
        self.ensure_one()
        self._check_folder_settings()
        modes = {int(folder_id): mode for folder_id, mode in changes.items()}
        folders = self.env["comm.folder"].search(
            [("mailbox_id", "=", self.id), ("is_local", "=", False), ("id", "in", list(modes))]
        )
        by_mode = defaultdict(folders.browse)
        for folder in folders:
            if modes[folder.id] == "this" and not folder.is_selectable:
                raise UserError(self.env._("“%s” holds no mail itself. Choose it with all below.", folder.name))
            by_mode[modes[folder.id]] |= folder
        for mode, chosen in by_mode.items():
            chosen.fetch_mode = mode

    def _check_folder_settings(self):
        self.check_access("write")
        if self.kind != "imap":
            raise UserError(self.env._("Only IMAP mailboxes have folders on the server."))

    def _ask_server(self, work):
        """Connect, and return ``work(session)``.

        Takes no lease, so that the dialog need not wait for a long fetch, and leaves no transaction open meanwhile.
        """
        # A token that is refused is asked for anew, which needs the database.
        connect = self._open_session__ if self.auth_method == "oauth2" else self._session_factory__()
        self._hand_over()
        try:
            with connect() as session:
                return work(session)
        except ProtocolError as error:
            raise UserError(self._explain(error)) from None

    def _note_subscriptions(self, done):
        """Keep what the server was told.

        :param done: ``{path: subscribed}``
        """
        # sudo: mirrors the server, which was told so by somebody who may.
        folders = self.sudo().folder_ids.filtered(lambda folder: folder.path in done)
        for subscribed, changed in folders.grouped(lambda folder: done[folder.path]).items():
            changed.filtered_domain([("subscribed", "!=", subscribed)]).subscribed = subscribed
        if done:
            count = sum(done.values())
            text = self.env._(
                "Folders subscribed: %(subscribed)s, unsubscribed: %(unsubscribed)s.",
                subscribed=count,
                unsubscribed=len(done) - count,
            )
            self.sudo().env["comm.mailbox.event"]._log(self, "info", "folders", text)


def _change_subscriptions(session, changes):
    """Return what was done as ``{path: subscribed}`` and what was not as ``{path: error}``."""
    known = {info.path: info for info in session.folders(status=False)}
    refused = {path: FolderNotFound(path) for path, wanted in changes.items() if wanted and path not in known}
    open_changes = {
        path: bool(wanted)
        for path, wanted in changes.items()
        if path in known and known[path].subscribed != bool(wanted)
    }
    refused |= session.set_subscriptions(
        subscribe=[path for path, wanted in open_changes.items() if wanted],
        unsubscribe=[path for path, wanted in open_changes.items() if not wanted],
    )
    return {path: wanted for path, wanted in open_changes.items() if path not in refused}, refused
