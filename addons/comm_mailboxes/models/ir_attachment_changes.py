from collections import Counter

from odoo import api, models


class IrAttachment(models.Model):
    """What users do with the files of a message is meant so: it is no loss that Repair mends, and makes a copy a message of its
    own. What the engine does, it does as superuser.
    """

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        files._comm_messages_changed()._comm_files_changed(Counter(), files._comm_sizes())
        return files

    def write(self, vals):
        messages, before = self._comm_messages_changed(), self._comm_sizes()
        result = super().write(vals)
        messages._comm_files_changed(before, self._comm_sizes())
        return result

    def unlink(self):
        messages, before = self._comm_messages_changed(), self._comm_sizes()
        result = super().unlink()
        messages._comm_files_changed(before, Counter())
        return result

    def _comm_messages_changed(self):
        """Return the messages of which a user changes these files."""
        if self.env.su or not self._comm_is_of_mail():
            return self.env["comm.message"]
        return self._comm_messages()

    def _comm_sizes(self):
        """Return a counter of the bytes that messages have in these files, as ``comm.message.content_size`` counts them."""
        sizes = Counter()
        if self.env.su:
            # Of many files at once, of which nothing is noted.
            return sizes
        # sudo: a question about the message.
        for file in self.sudo().filtered(lambda file: file._comm_is_of_mail() and not file.comm_is_source):
            sizes[file.res_id] += file.file_size
        return sizes


class CommMessage(models.Model):
    _inherit = "comm.message"

    def _comm_files_changed(self, before, after):
        """Note that a user changed files of these messages.

        :param before: ``{message id: bytes}`` of the files that are changed
        """
        self._note_worked_on()
        # sudo: no fields of users; that they may change the files was checked.
        self.invalidate_recordset(["attachment_ids"], flush=False)
        for message in self.sudo().with_context(comm_sync=True).filtered(lambda message: not message.outgoing_state):
            documents = message.attachment_ids.filtered(
                lambda file: not file.comm_is_source and not file.comm_content_id
            )
            size = message.content_size + after[message.id] - before[message.id]
            message.write({"content_size": max(size, 0), "has_attachment": bool(documents)})
