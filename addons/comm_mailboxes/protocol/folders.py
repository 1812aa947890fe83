"""Mail folders: names on the wire, the tree, and which folder plays which part."""

import contextlib
import unicodedata
from collections import Counter
from dataclasses import dataclass

from imapclient import imap_utf7

from . import imap_grammar
from .errors import UnsafeArgument, _, refuse_unsafe

_SPECIAL_USE = {
    b"\\sent": "sent",
    b"\\trash": "trash",
    b"\\drafts": "drafts",
    b"\\junk": "junk",
    b"\\archive": "archive",
    # XLIST, Google's forerunner of RFC 6154
    b"\\inbox": "inbox",
    b"\\spam": "junk",
}
# Names by which mail programs and providers create these folders; the more usual one comes first.
_NAMES = {
    "sent": (
        "sent", "sent items", "sent messages", "sent mail", "sent-mail", "gesendet", "gesendete elemente",
        "gesendete objekte", "gesendete nachrichten", "gesendete mails", "gesendete e-mails", "envoyés",
        "éléments envoyés", "messages envoyés", "courrier envoyé", "courriers envoyés", "objets envoyés",
        "posta inviata", "inviata", "inviati", "elementi inviati", "posta inviati", "messaggi inviati", "enviados",
        "elementos enviados", "mensajes enviados", "correo enviado",
    ),
    "trash": (
        "trash", "deleted items", "deleted messages", "deleted", "bin", "papierkorb", "gelöscht",
        "gelöschte elemente", "gelöschte objekte", "gelöschte nachrichten", "corbeille", "éléments supprimés",
        "messages supprimés", "supprimés", "objets supprimés", "cestino", "posta eliminata", "eliminati",
        "elementi eliminati", "messaggi eliminati", "papelera", "papelera de reciclaje", "eliminados",
        "elementos eliminados", "mensajes eliminados",
    ),
    "drafts": (
        "drafts", "draft", "entwürfe", "entwurf", "brouillons", "brouillon", "bozze", "bozza", "borradores",
        "borrador",
    ),
    "junk": (
        "junk", "spam", "junk email", "junk e-mail", "junk mail", "bulk mail", "bulk", "spamverdacht",
        "spam-verdacht", "junk-e-mail", "unerwünscht", "unerwünschte werbung", "unerwünschte e-mails",
        "courrier indésirable", "indésirables", "messages indésirables", "pourriel", "posta indesiderata",
        "indesiderata", "correo no deseado", "correo basura", "no deseado",
    ),
    "archive": ("archive", "archives", "archiv", "archivio", "archivo", "archivados"),
}  # fmt: skip
# What tells a folder apart whose name is no modified UTF-7 (RFC 3501, 5.1.3) and reads like another one; by the word joiner
# in it, nobody gives a folder such a name.
_RAW = {"utf-8": " (\u2060raw)", "latin-1": " (\u2060Latin-1)"}
_ROLE_BY_NAME = {name: (role, rank) for role, names in _NAMES.items() for rank, name in enumerate(names)}
# Names under which groupware keeps what is no mail, in German, English, French, Italian and Spanish.
_NO_MAIL_NAMES = {
    "calendar": (
        "kalender", "termine", "calendar", "calendars", "calendrier", "calendriers", "agenda", "calendario",
        "calendari", "calendarios",
    ),
    "contacts": (
        "kontakte", "vorgeschlagene kontakte", "adressbuch", "adressen", "contacts", "suggested contacts",
        "address book", "addressbook", "contacts suggérés", "carnet d'adresses", "contatti", "contatti suggeriti",
        "rubrica", "contactos", "contactos sugeridos", "libreta de direcciones",
    ),
    "tasks": (
        "aufgaben", "tasks", "task", "to-do", "todo", "reminders", "erinnerungen", "tâches", "rappels", "attività",
        "promemoria", "tareas", "recordatorios",
    ),
    "notes": ("notizen", "notes", "note", "notas"),
}  # fmt: skip
_NO_MAIL_BY_NAME = {name: kind for kind, names in _NO_MAIL_NAMES.items() for name in names}


class FolderNameUnsafe(UnsafeArgument):
    """A server may list such a folder, in a literal; in a command the name would be the end of the line."""

    template = _(
        "The name of the folder %(path)s has a line break or another character in it with which no mail server can be asked"
        " for it. Give the folder another name in the program that made it, or ask your provider to do so."
    )
    fields = ("path",)


@dataclass
class FolderInfo:
    """A folder as the server describes it; numbers are None when it did not tell them."""

    path: str
    delimiter: str
    name: str
    parent_path: str
    selectable: bool = True
    subscribed: bool = False
    role: str = ""
    messages: int | None = None
    unseen: int | None = None
    uidnext: int | None = None
    uidvalidity: int | None = None
    highestmodseq: int | None = None


def decode_name(wire):
    """Return the folder name as a user reads it.

    A name that is no canonical modified UTF-7 (RFC 3501 section 5.1.3) or hides control characters stays as it came:
    only so can :func:`wire_names` find the way back.
    """
    text = _decode_canonical(wire)
    if text is not None:
        return "INBOX" if text.upper() == "INBOX" else text
    try:
        return wire.decode("utf-8").replace("\0", "\ufffd")
    except UnicodeDecodeError:
        return wire.decode("latin-1")


def _decode_canonical(wire):
    with contextlib.suppress(ValueError, UnicodeError):
        text = imap_utf7.decode(wire)
        if imap_utf7.encode(text) == wire and not any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
            return text
    return None


def tell_apart(found):
    """Give each folder that reads like another one a path of its own: their wire names differ, and one breaks the rules.

    :param found: ``{wire name: FolderInfo}``
    """
    alike = Counter(folder.path for folder in found.values())
    for wire, folder in found.items():
        if alike[folder.path] > 1 and _decode_canonical(wire) is None:
            mark = _RAW["utf-8" if _is_utf8(wire) else "latin-1"]
            folder.path += mark
            folder.name += mark


def _is_utf8(wire):
    try:
        wire.decode()
    except UnicodeDecodeError:
        return False
    return True


def can_be_named(wire):
    """Tell whether the folder with this wire name can be asked for."""
    try:
        refuse_unsafe("folder name", wire)
    except UnsafeArgument:
        return False
    return True


def check_name(path, *wire):
    """Raise FolderNameUnsafe for the path, or a wire name, of a folder that cannot be asked for."""
    try:
        refuse_unsafe("folder name", path, *wire)
    except UnsafeArgument as error:
        raise FolderNameUnsafe(path) from error


def wire_names(path):
    """Return the names, likeliest first, that :func:`decode_name` shows as ``path``.

    More than one only where servers break the rules: a bare ``&``, raw UTF-8 or Latin-1.
    """
    for encoding, mark in _RAW.items():
        if path.endswith(mark):
            return [path.removesuffix(mark).encode(encoding, "replace")]
    names = [imap_utf7.encode(path), path.encode("utf-8")]
    if not path.isascii():
        with contextlib.suppress(UnicodeEncodeError):
            names.append(path.encode("latin-1"))
    return list(dict.fromkeys(names))


def split_path(path, delimiter):
    """Return (name, parent path) of a folder."""
    parent, found, name = path.rpartition(delimiter) if delimiter else ("", "", path)
    if not found or not name:
        return path, ""
    return name, "INBOX" if parent.upper() == "INBOX" else parent


def read_list(parts):
    """Return (wire name, FolderInfo) for the data of a LIST, LSUB or XLIST response."""
    flags, delimiter, wire = imap_grammar.parse(parts)[:3]
    if not isinstance(flags, list) or wire is None:
        raise ValueError("no LIST data")
    flags = {flag.lower() for flag in flags if flag}
    delimiter = (delimiter or b"").decode("latin-1")
    path = decode_name(wire)
    if delimiter and path.endswith(delimiter):
        # Some servers mark a folder that holds only folders with a final delimiter.
        path = path.removesuffix(delimiter)
    if path.upper() == "INBOX":
        # In this one name, case does not matter (RFC 9051, 5.1).
        wire, path = b"INBOX", "INBOX"
    name, parent = split_path(path, delimiter)
    folder = FolderInfo(path, delimiter, name, parent)
    folder.selectable = not flags & {b"\\noselect", b"\\nonexistent"}
    folder.subscribed = b"\\subscribed" in flags
    folder.role = (
        "inbox" if path == "INBOX" else next((_SPECIAL_USE[f] for f in sorted(flags & _SPECIAL_USE.keys())), "")
    )
    return wire, folder


def read_status(parts):
    """Return (wire name, numbers) for the data of a STATUS response."""
    wire, items = imap_grammar.parse(parts)[:2]
    numbers = {name: imap_grammar.number(value) for name, value in imap_grammar.pairs(items).items()}
    return b"INBOX" if wire.upper() == b"INBOX" else wire, numbers


def apply_status(folder, numbers):
    """Enter the numbers of a STATUS response."""
    folder.messages = numbers.get(b"MESSAGES")
    folder.unseen = numbers.get(b"UNSEEN")
    folder.uidnext = numbers.get(b"UIDNEXT")
    folder.uidvalidity = numbers.get(b"UIDVALIDITY")
    # 0 means that this folder has no modification sequences (RFC 7162 section 3.1.2.2).
    folder.highestmodseq = numbers.get(b"HIGHESTMODSEQ") or None


def complete(folders, on_missing=lambda path: None):
    """Add the parents that the server left out, so that the result is a whole tree; parents come first.

    :param on_missing: is called with the path of each of them, before
    """
    known = {folder.path: folder for folder in folders}
    for folder in list(known.values()):
        while folder.parent_path and folder.parent_path not in known:
            on_missing(folder.parent_path)
            name, parent = split_path(folder.parent_path, folder.delimiter)
            folder = FolderInfo(folder.parent_path, folder.delimiter, name, parent, selectable=False)
            known[folder.path] = folder
    return sorted(
        known.values(), key=lambda folder: (folder.path != "INBOX", folder.path.split(folder.delimiter or "\0"))
    )


def assign_roles(folders, foreign_prefixes=()):
    """Let each role be played by one folder.

    What the server says (SPECIAL-USE, XLIST) comes before a name; it may say it of several folders. Among equals: the
    folder highest in the tree, then the more usual name. ``foreign_prefixes`` are the namespaces of other users and
    of the public, whose Trash is not ours.
    """
    known = {folder.path: folder for folder in folders}
    best = {}
    for folder in folders:
        told, folder.role = folder.role, ""
        if not folder.selectable or any(prefix and folder.path.startswith(prefix) for prefix in foreign_prefixes):
            continue
        named, rank = _ROLE_BY_NAME.get(_plain(folder.name), ("", len(_ROLE_BY_NAME)))
        role = told or (named if _is_near_top(folder, known) else "")
        depth = folder.path.count(folder.delimiter) if folder.delimiter else 0
        candidate = (not told, folder.path != "INBOX", depth, rank, folder.path)
        if role and (role not in best or candidate < best[role][0]):
            best[role] = (candidate, folder)
    for role, (_candidate, folder) in best.items():
        folder.role = role


def _is_near_top(folder, known):
    """Say whether nothing is above but the inbox and folders without mail ("[Gmail]"): mail programs create theirs there.

    "Backup 2012/Sent" is where somebody keeps old mail.
    """
    while folder.parent_path in known:
        folder = known[folder.parent_path]
        if folder.selectable and folder.path != "INBOX":
            return False
    return True


def no_mail_kind(folder):
    """Return "calendar", "contacts", "tasks" or "notes" when the folder, or one above it, bears such a name, else "".

    A guess: plain IMAP does not tell what a folder is for, and one called "Notizen" may well hold mail.
    """
    if folder.role:
        return ""
    names = folder.path.split(folder.delimiter) if folder.delimiter else [folder.path]
    return next((kind for name in names if (kind := _NO_MAIL_BY_NAME.get(_plain(name)))), "")


def _plain(name):
    return unicodedata.normalize("NFC", name).casefold().strip()
