# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fills an account as if somebody had worked with it for months."""

import datetime
import hashlib
import random
from collections.abc import Iterator
from typing import NamedTuple

from . import compose, english, german
from .people import Deck, Person, Scene, owner
from .stories import Newsletter, Story

_NEWSLETTER_DAYS = 150
# Newer mail than this is unread unless it was answered.
_UNREAD_DAYS = 12
_SPECIAL = {"sent": r"\Sent", "drafts": r"\Drafts", "trash": r"\Trash", "junk": r"\Junk", "archive": r"\Archive"}
# Key to the path below the account's prefix and whether it is subscribed, by the account's language.
FOLDERS = {
    "de": {
        "offers": (("Projekte", "Küche Müller", "Angebote"), True),
        "plans": (("Projekte", "Küche Müller", "Aufmaß & Pläne"), True),
        "hotel": (("Projekte", "Kestrel Hotels"), True),
        "supplier_de": (("Lieferanten", "Großhändler"), True),
        "supplier_en": (("Lieferanten", "Northfield Timber"), True),
        "invoices": (("Buchhaltung", "Rechnungen"), True),
        "newsletters": (("Newsletter",), False),
        "old": (("Alte Ablage", "Verträge"), False),
    },
    "en": {
        "offers": (("Projects", "Küche Müller", "Offers"), True),
        "plans": (("Projects", "Küche Müller", "Drawings & Lists"), True),
        "hotel": (("Projects", "Kestrel Hotels"), True),
        "supplier_de": (("Suppliers", "Großhändler"), True),
        "supplier_en": (("Suppliers", "Northfield Timber"), True),
        "invoices": (("Accounting", "Invoices"), True),
        "newsletters": (("Newsletters",), False),
        "old": (("Old Files", "Contracts"), False),
    },
}


class _Mail(NamedTuple):
    folder: str
    raw: bytes
    flags: tuple[str, ...]
    date: datetime.datetime


def fill(lab, account, *, now: datetime.datetime | None = None) -> int:
    """Put about 70 mails into a new account and return their number; an inbox with mail is left as it is."""
    client = lab.imap(account)
    try:
        if client.select("INBOX", readonly=True)[1] != [b"0"]:
            return 0
    finally:
        client.logout()
    paths = _paths(account)
    for key, (_path, is_subscribed) in FOLDERS[account.language or "en"].items():
        lab.create_folder(account.address, paths[key], subscribed=is_subscribed)
    mails = list(_Narrator(account.address, now or datetime.datetime.now().astimezone()).mails())
    # By date within each folder, as they would have come.
    mails.sort(key=lambda mail: (mail.folder, mail.date))
    lab.deliver_many(account.address, ((paths[mail.folder], mail.raw, mail.flags, mail.date) for mail in mails))
    return len(mails)


def _paths(account) -> dict[str, str]:
    """Key of a folder to its name on the server."""
    paths = {
        key: account.prefix + account.delimiter.join(path)
        for key, (path, _is_subscribed) in FOLDERS[account.language or "en"].items()
    }
    special = {
        key: account.special_folders.get(use, account.prefix + key.capitalize()) for key, use in _SPECIAL.items()
    }
    return {"inbox": "INBOX", **special, **paths}


class _Narrator:
    """Tells all stories for one address; the same address and time give the same mail."""

    def __init__(self, address: str, now: datetime.datetime):
        self._me = owner(address)
        self._now = now
        self._dice = random.Random(address)
        self._deck = Deck(self._dice)
        self._number = 0

    def mails(self) -> Iterator[_Mail]:
        for story in (*german.STORIES, *english.STORIES):
            for _time in range(story.times):
                yield from self._tell(story)
        for letter in (*german.NEWSLETTERS, *english.NEWSLETTERS):
            for _time in range(letter.times):
                yield self._print(letter)

    def _tell(self, story: Story) -> Iterator[_Mail]:
        scene = Scene(self._dice, self._deck, self._me, story)
        subject = story.subject.format_map(scene)
        dates = self._dates(len(story.steps), story.days)
        answered = None
        drafts: list[compose.Draft] = []
        for step, date in zip(story.steps, dates, strict=True):
            sender, recipient = self._roles(step.sender, scene, drafts)
            draft = compose.Draft(
                sender=sender,
                recipients=[recipient],
                copies=[scene.colleague] if answered and step.sender == "me" and scene.colleague != recipient else [],
                subject=_reply_subject(subject, story.language) if answered else subject,
                text=step.text.format_map(scene),
                date=date,
                message_id=self._message_id(sender),
                language=story.language,
                html=story.html,
                charset=story.charset,
                flowed=story.flowed,
                attachments=tuple(name.format_map(scene) for name in step.attachments),
                answers=answered,
                references=[earlier.message_id for earlier in drafts],
            )
            drafts.append(draft)
            answered = draft
        for position, draft in enumerate(drafts):
            is_mine = draft.sender == self._me
            is_answered = not is_mine and any(later.sender == self._me for later in drafts[position + 1 :])
            folder = "sent" if is_mine and story.folder != "drafts" else story.folder
            flags = self._flags(draft.date, is_seen=is_mine or is_answered, is_answered=is_answered)
            if story.is_flagged and position == len(drafts) - 1:
                flags += (r"\Flagged",)
            if folder == "drafts":
                flags += (r"\Draft",)
            yield _Mail(folder, compose.build(draft), flags, draft.date)

    def _roles(self, sender: str, scene: Scene, drafts: list[compose.Draft]) -> tuple[Person, Person]:
        """Who writes to whom."""
        if sender == "colleague":
            return scene.colleague, self._me
        if sender == "them":
            return scene.other, self._me
        answers_colleague = drafts and drafts[-1].sender == scene.colleague
        return self._me, scene.colleague if answers_colleague else scene.other

    def _print(self, letter: Newsletter) -> _Mail:
        scene = Scene(self._dice, self._deck, self._me, letter)
        sender = scene.other
        (date,) = self._dates(1, _NEWSLETTER_DAYS)
        draft = compose.Draft(
            sender=sender,
            recipients=[self._me],
            subject=letter.subject.format_map(scene),
            text="",
            date=date,
            message_id=self._message_id(sender),
        )
        return _Mail(
            letter.folder, compose.newsletter(draft, letter.headline, letter.articles), self._flags(date), date
        )

    def _dates(self, count: int, days_back: int) -> list[datetime.datetime]:
        """Rising times, in working hours, all in the past; more of late."""
        end = self._dice.random() ** 2.2 * days_back
        days = sorted((end + self._dice.uniform(0.2, 2.5) * step for step in range(count)), reverse=True)
        dates = []
        for day in days:
            date = self._now - datetime.timedelta(days=day)
            date = date.replace(
                hour=self._dice.randrange(7, 18), minute=self._dice.randrange(60), second=0, microsecond=0
            )
            dates.append(min(date, self._now - datetime.timedelta(minutes=5 + day)))
        dates.sort()
        return [date + datetime.timedelta(seconds=number) for number, date in enumerate(dates)]

    def _flags(self, date: datetime.datetime, *, is_seen: bool = False, is_answered: bool = False) -> tuple[str, ...]:
        flags = ()
        if is_seen or (self._now - date).days >= _UNREAD_DAYS:
            flags += (r"\Seen",)
        if is_answered:
            flags += (r"\Answered",)
        return flags

    def _message_id(self, sender: Person) -> str:
        self._number += 1
        digest = hashlib.sha256(f"{self._me.address} {self._number} {self._now}".encode()).hexdigest()[:24]
        return f"<{digest}@{sender.address.split('@')[1]}>"


def _reply_subject(subject: str, language: str) -> str:
    return f"{'AW' if language == 'de' else 'Re'}: {subject}"
