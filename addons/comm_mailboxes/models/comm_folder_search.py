from functools import partial

from odoo import models
from odoo.exceptions import UserError

from ..search_words import parse
from ..sync import engine


class CommFolder(models.Model):
    """Looks on the server for what is not imported."""

    _inherit = "comm.folder"

    def search_on_server(self, text, whole_mailbox=False):
        """Have the server search this folder, or all folders of its mailbox, and import what it finds and Odoo does not have.

        Commits what the caller did before.

        :param text: as typed into the search of a message list, see ``search_words``
        :return: ``{"found": int, "loaded": int, "left": int, "refused": int}``: messages found on the server, loaded now,
            to be loaded by the next search, and folders that the server would not search
        :raise UserError: with what went wrong and what to do
        """
        self.ensure_one()
        self.check_access("read")
        query = parse(text)
        mailbox = self.mailbox_id
        if mailbox.kind != "imap" or (self.is_local and not whole_mailbox):
            raise UserError(self.env._("Only folders on an IMAP server can be searched there."))
        if not query:
            raise UserError(self.env._("Type what to look for first."))
        if problem := self.env["comm.message.search"]._problem(text):
            raise UserError(problem)
        mailbox._check_mail_access()
        folder_ids = None if whole_mailbox else {self.id}
        visit = mailbox._visit("search", partial(engine.search, folder_ids=folder_ids, query=query))
        counts = visit.counts
        # What came is found at once, not only when the words of all other mail were noted.
        self.env["comm.message.search"].sudo()._index_batch()
        return {
            "found": counts["found"],
            "loaded": counts["imported"],
            "left": counts["left"],
            "refused": counts["refused"],
        }
