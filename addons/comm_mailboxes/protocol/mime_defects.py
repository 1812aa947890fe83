"""Why a mail could not be read properly: one plain sentence each, marked for translation.

``MimeMessage.defect`` holds those that apply, one a line. A defect means that something is probably
lost or garbled in what was read, so the raw source must be kept; harmless deviations from the
standards (a missing charset that was guessed without loss, a bare LF) are no defects.
"""

from .errors import _

EMPTY = _("The message is empty.")
NO_HEADER = _("The message has no header; all of it is shown as text.")
DAMAGED_HEADER = _("The header of the message is damaged; some of its lines were left out.")
NO_SEPARATOR = _("The blank line between the header and the text is missing.")
NO_BOUNDARY = _("The message does not say properly where its parts begin and end; they were guessed.")
NO_PARTS = _("The parts that the message announces are not there; what there is, is shown as text.")
NO_END = _("The message stops before its announced end; it may have been cut off.")
TOO_DEEP = _("The message has parts within parts beyond any sensible depth; the innermost were not opened.")
TOO_MANY = _("The message has too many parts; the last of them were left out.")
DAMAGED_CONTENT = _("The content of a part is damaged or cut off; what could be decoded was kept.")
UNKNOWN_ENCODING = _("A part is encoded in an unknown way; it was kept as it is.")
UNKNOWN_CHARSET = _("A text does not say properly which characters it uses; some of them may be wrong.")
LARGE_TEXT = _("The text of the message is very large. Its beginning is shown here; all of it is among the files.")
BAD_DATE = _("The date of the message cannot be read.")
BROKEN_TNEF = _("The winmail.dat of the message is damaged; it was kept beside what could be taken out of it.")
NOT_HANDED_OUT = _("The mail server did not hand out this message. It is asked again once a day. It said:")
BREAKS_OFF = _(
    "Each time that this message was asked for, the connection to the mail server broke. “Load from server” asks again."
)
NOT_STORED = _(
    "The message could not be stored because of an error in this software. It is asked for again once a day; “Load from server”"
    " does so at once."
)
UNREADABLE = _("The message could not be read because of an error in this software.")
