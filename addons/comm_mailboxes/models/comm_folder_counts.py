import logging

from odoo import api, models
from odoo.tools import SQL

from ..sync.transaction import committed

_logger = logging.getLogger(__name__)


class CommFolder(models.Model):
    """The kept counts of messages are compared with the messages once a day: nobody else would notice a wrong one."""

    _inherit = "comm.folder"

    @api.model
    def _cron_check_counts(self):
        """Correct the counts that are wrong, a folder at a time, so that mail which comes meanwhile hardly waits."""
        cron = self.env["ir.cron"]
        wrong = self.browse(row[0] for row in self.env.execute_query(_differing(SQL("TRUE"))))
        wrong |= self.search([("gap", ">", 0)])
        cron._commit_progress(remaining=len(wrong))
        for folder in wrong:
            committed(self.env, folder._check_counts)
            if not cron._commit_progress(1):
                break

    def _check_counts(self):
        """Correct the counts; and as something went wrong here, have the folder compared with its server at the next fetch."""
        corrected = self._correct_counts()
        # Only folders that were fetched can be compared.
        self.filtered("uidvalidity").is_to_compare = True
        return corrected

    def _correct_counts(self):
        """Correct the counts of these folders that are wrong, with a warning event for each. The caller commits.

        One statement finds and corrects: counts and messages are of one snapshot, and if a message came or went after it,
        PostgreSQL refuses to overwrite the count that it changed (REPEATABLE READ).

        :return: the number of folders corrected
        :raise psycopg2.errors.SerializationFailure: when a count changed in this moment; begin a new transaction
        """
        self.flush_model()
        self.env["comm.message"].flush_model(["folder_id", "is_seen", "active"])
        rows = self.env.execute_query(
            SQL(
                """UPDATE comm_folder AS folder
                      SET message_count = differing.messages, unread_count = differing.unread
                     FROM (%s) AS differing
                    WHERE folder.id = differing.id
                RETURNING folder.id, differing.messages, differing.unread, differing.old_messages, differing.old_unread""",
                _differing(SQL("folder.id = ANY(%s)", self.ids)),
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset(["message_count", "unread_count"], flush=False)
        self.env["comm.mailbox"].invalidate_model(["message_count", "unread_count"], flush=False)
        for folder_id, *numbers in rows:
            self.browse(folder_id)._report_correction(*numbers)
        return len(rows)

    def _report_correction(self, messages, unread, old_messages, old_unread):
        mailbox = self.mailbox_id
        if not mailbox:
            # A folder made by hand has no event log.
            _logger.warning(
                "Folder %s: count corrected from %s (unread %s) to %s (unread %s)",
                self.id, old_messages, old_unread, messages, unread,
            )  # fmt: skip
            return
        # The nightly check is OdooBot's, but the owner reads what it found.
        mailbox = mailbox.with_context(lang=mailbox.sudo().user_id.lang or mailbox.env.lang)
        text = mailbox.env._(
            "The count of “%(folder)s” was wrong and was corrected: %(messages)s messages instead of %(old_messages)s,"
            " unread %(unread)s instead of %(old_unread)s.",
            folder=self.with_env(mailbox.env).complete_name,
            messages=messages,
            old_messages=old_messages,
            unread=unread,
            old_unread=old_unread,
        )
        mailbox.env["comm.mailbox.event"]._log(mailbox, "warning", "check", text)


def _differing(condition):
    """Return the query for folders whose kept counts differ from their messages: id, counted, and kept numbers."""
    return SQL(
        """SELECT folder.id,
                  count(message.id) AS messages,
                  count(message.id) FILTER (WHERE message.is_seen IS NOT TRUE) AS unread,
                  folder.message_count AS old_messages,
                  folder.unread_count AS old_unread
             FROM comm_folder AS folder
             LEFT JOIN comm_message AS message ON message.folder_id = folder.id AND message.active
            WHERE %s
            GROUP BY folder.id
           HAVING (folder.message_count, folder.unread_count)
                  IS DISTINCT FROM (
                      count(message.id)::int, (count(message.id) FILTER (WHERE message.is_seen IS NOT TRUE))::int
                  )
            ORDER BY folder.id""",
        condition,
    )
