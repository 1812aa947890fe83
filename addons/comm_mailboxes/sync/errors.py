"""What the sync notices, said as the errors of ``protocol`` are."""

from ..protocol.errors import ProtocolError, _


class FolderIncomplete(ProtocolError):
    template = _(
        "The server has %(count)s messages more in “%(folder)s” than it hands out. Choose “Repair”; if that does not help,"
        " the server's administrator has to look after this folder."
    )
    fields = ("folder", "count")
    step = "fetch"
    temporary = True


class FolderBreaks(ProtocolError):
    template = _(
        "The connection breaks each time Odoo works in this folder (%(count)s visits in a row), and only there. Ask your"
        " provider to repair this folder. Changes that wait for it (%(waiting)s) are made once it works again, or can be"
        " discarded under “Pending changes”."
    )
    fields = ("count", "waiting")
    temporary = True


class NotDeleted(ProtocolError):
    """The server answered OK and deleted nothing."""

    template = _(
        "The server keeps messages in the folder %(path)s that were to be deleted for good."
        " Ask your provider whether mail is under retention there."
    )
    fields = ("path",)


class MessageGone(ProtocolError):
    template = _("The message is not in its folder on the server any more. Choose “Fetch now” to see where it went.")
    step = "fetch"


class VisitsDied(ProtocolError):
    template = _(
        "Odoo's process ended in the middle of the last visits to this mailbox (%(count)s in a row): it took too much time or"
        " memory, or was killed. What came until then is kept, and other mailboxes are fetched first. Ask your administrator"
        " to look into the log of the Odoo server."
    )
    fields = ("count",)
    step = "fetch"
    temporary = True
