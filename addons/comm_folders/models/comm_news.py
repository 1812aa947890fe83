"""What changed is told to the screens of those who may see it: one bus message for each user and commit.

It names folders and numbers, never what is in a message; the screens ask for the rest with the user's rights.
"""

from collections import Counter, defaultdict
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

# What a list shows beside what the counts of a folder depend on.
SHOWN_MARKS = {"is_flagged", "is_answered", "is_forwarded"}
# Older mail is imported, not new.
NEW_FOR = timedelta(days=1)
# Nobody is told of new mail there.
QUIET_ROLES = ("sent", "drafts", "trash", "junk", "outbox")
# Unread mail there is nobody's work.
UNCOUNTED_ROLES = ("trash", "junk")
KEY = "comm_folders.news"
READERS_KEY = "comm_folders.readers"


class CommFolder(models.Model):
    _name = "comm.folder"
    _inherit = ["comm.folder", "comm.news.tree"]

    # Beside its counts.
    _shown_in_tree = frozenset({"name", "parent_id", "role", "is_selectable", "is_missing"})

    @api.model
    def _shift_counts(self, shifts):
        result = super()._shift_counts(shifts)
        self._note_news({folder_id: 0 for folder_id, shift in shifts.items() if any(shift)})
        return result

    @api.model
    def get_counts(self, ids):
        """Return the kept counts of those of these folders that the user may see."""
        folders = self.search_fetch([("id", "in", ids)], ["message_count", "unread_count"])
        return {
            folder.id: {"message_count": folder.message_count, "unread_count": folder.unread_count}
            for folder in folders
        }

    @api.model
    def _note_news(self, news):
        """Note that these folders changed; with the commit it is told.

        :param news: ``{folder id: number of new messages}``
        """
        if not news:
            return
        noted = self._noted()[KEY]
        for folder_id, count in news.items():
            noted[folder_id] += count

    @api.model
    def _note_readers(self, users):
        """Note that what these users may read, or do there, changes; with the commit they are told.

        Who loses a folder is noted before that, and who gets one after it.
        """
        if users:
            self._noted()[READERS_KEY].update(users.ids)

    @api.model
    def _noted(self):
        precommit = self.env.cr.precommit
        if KEY not in precommit.data:
            precommit.data.update({KEY: Counter(), READERS_KEY: set()})
            precommit.add(api.Environment(self.env.cr, SUPERUSER_ID, {})["comm.folder"]._tell_news)
        return precommit.data

    @api.model
    def _tell_news(self):
        noted = self.env.cr.precommit.data.pop(KEY, Counter())
        readers = self.env["res.users"].browse(self.env.cr.precommit.data.pop(READERS_KEY, ())).exists()
        told = defaultdict(dict, {user: {} for user in readers})
        for folder in self.browse(noted).exists():
            for user in folder._audience():
                told[user][folder.id] = noted[folder.id]
        for user, news in told.items():
            user._bus_send(
                "comm_folders/news",
                {
                    "folders": sorted(news),
                    "new": [{"folder_id": folder_id, "count": count} for folder_id, count in news.items() if count],
                    # The tree itself is another one now.
                    **({"structure": True} if user in readers else {}),
                },
            )

    def _note_people(self):
        # sudo: who is told is decided by the folders.
        for mailbox, folders in self.sudo().grouped("mailbox_id").items():
            # All of a mailbox have the same audience, and there may be thousands.
            for folder in folders[:1] if mailbox else folders:
                self._note_readers(folder._audience())

    def _audience(self):
        """Return the users who may read the mail of this folder."""
        mailbox = self.mailbox_id
        if not mailbox:
            return self.user_id or self.member_ids._people()
        if mailbox.scope == "personal":
            return mailbox.user_id
        return mailbox.member_ids._people()


class CommMessage(models.Model):
    _inherit = "comm.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        since = fields.Datetime.now() - NEW_FOR
        new = messages.filtered(
            lambda message: message.uid and message.active and not message.is_seen and (message.date or since) > since
        )
        self.env["comm.folder"]._note_news(
            {
                folder.id: len(arrived)
                for folder, arrived in new.grouped("folder_id").items()
                if folder.role not in QUIET_ROLES
            }
        )
        return messages

    def write(self, vals):
        result = super().write(vals)
        if SHOWN_MARKS & vals.keys():
            self._note_shown()
        return result

    # pylint: disable-next=missing-return
    def _write_each(self, vals_by_id):
        super()._write_each(vals_by_id)
        if any(SHOWN_MARKS & vals.keys() for vals in vals_by_id.values()):
            self._note_shown()

    def _note_shown(self):
        # sudo: who is told is decided by the folder.
        self.env["comm.folder"]._note_news(dict.fromkeys(self.sudo().folder_id.ids, 0))


class CommMailbox(models.Model):
    _inherit = "comm.mailbox"

    @api.model
    def get_badge(self):
        """Return what the bar at the top shows: unread mail of the mailboxes that the user chose, by default their own.

        :return: ``{"unread": int, "mailboxes": [{"id", "name", "unread_count"}, ...]}``
        """
        user = self.env.user
        # sudo: the user's own choice, of which only what they may read counts.
        chosen = user.sudo().res_users_settings_id.comm_badge_mailbox_ids
        readable = self.sudo().search(self._domain_accessible(user))
        shown = readable & chosen or readable.filtered(lambda mailbox: mailbox.scope == "personal")
        shown = shown.filtered(lambda mailbox: mailbox.kind != "smtp")
        unread = dict(
            self.env["comm.folder"]
            .sudo()
            ._read_group(
                [("mailbox_id", "in", shown.ids), ("role", "not in", UNCOUNTED_ROLES)],
                ["mailbox_id"],
                ["unread_count:sum"],
            )
        )
        mailboxes = [
            {"id": mailbox.id, "name": mailbox.name, "unread_count": unread.get(mailbox, 0)} for mailbox in shown
        ]
        return {"unread": sum(mailbox["unread_count"] for mailbox in mailboxes), "mailboxes": mailboxes}


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """The badge comes with the page: no question to the server at its start, and none for who has no mail."""
        result = super().session_info()
        if self.env.user.has_group("comm_mailboxes.group_user"):
            result["comm_badge"] = self.env["comm.mailbox"].get_badge()
        return result
