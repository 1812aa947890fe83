# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a story is made of; the stories are in german.py and english.py."""

from dataclasses import dataclass
from typing import NamedTuple


class Step(NamedTuple):
    """One mail: from "them", "me" or a "colleague", its text, and what hangs on it.

    Attachments are named by the file's name; its ending says what is made. "inline" puts a picture
    into the text, "invite" adds an invitation to a meeting.
    """

    sender: str
    text: str
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """A thread of mails that begins with a subject."""

    language: str
    subject: str
    steps: tuple[Step, ...]
    # "inbox", "sent", "drafts", "trash", "junk", "archive", or a key of demo.FOLDERS.
    folder: str = "inbox"
    # Whom the deck gives as partner: a "customer" or a "supplier" (of the German stories).
    other: str = "customer"
    html: bool = False
    is_flagged: bool = False
    # Where chance must not choose: the other's last name, the project, a sender of no company.
    partner: str = ""
    project: str = ""
    stranger: tuple[str, str] = ("", "")
    # It ended at most so many days ago.
    days: int = 150
    # How often it is told, each time about another matter.
    times: int = 1
    # Sent as older programs do: ISO 8859-15, or text that flows (RFC 3676).
    charset: str = "utf-8"
    flowed: bool = False


@dataclass(frozen=True)
class Newsletter:
    """A mail to many, with pictures from the web."""

    language: str
    subject: str
    stranger: tuple[str, str]
    headline: str
    articles: tuple[tuple[str, str], ...]
    folder: str = "newsletters"
    project: str = ""
    times: int = 2
