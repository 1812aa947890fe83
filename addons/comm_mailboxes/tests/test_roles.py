from odoo.exceptions import AccessError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..protocol import folders as server_folders
from .common import LabCase

# What servers and mail programs call these folders: German, English, French, Italian, Spanish.
NAMES = {
    "sent": [
        *("Gesendet", "Gesendete Elemente", "Gesendete Objekte", "Gesendete Nachrichten"),
        *("Sent", "Sent Items", "Sent Messages", "SENT"),
        *("Envoyés", "Éléments envoyés", "Messages envoyés", "Courrier envoyé"),
        *("Posta inviata", "Inviati", "Elementi inviati"),
        *("Enviados", "Elementos enviados", "Mensajes enviados"),
    ],
    "trash": [
        *("Papierkorb", "Gelöscht", "Gelöschte Elemente", "Gelöschte Objekte", "GELÖSCHTE ELEMENTE"),
        *("Trash", "Deleted Items", "Deleted Messages", "Bin"),
        *("Corbeille", "Éléments supprimés", "Messages supprimés"),
        *("Cestino", "Posta eliminata", "Elementi eliminati"),
        *("Papelera", "Elementos eliminados", "Mensajes eliminados"),
    ],
    "drafts": ["Entwürfe", "Entwurf", "Drafts", "Draft", "Brouillons", "Bozze", "Borradores"],
    "junk": [
        *("Spam", "Spamverdacht", "Junk-E-Mail", "Unerwünscht"),
        *("Junk", "Junk Email", "Junk E-mail", "Bulk Mail"),
        *("Courrier indésirable", "Indésirables", "Pourriel"),
        *("Posta indesiderata", "Indesiderata"),
        *("Correo no deseado", "No deseado"),
    ],
    "archive": ["Archiv", "Archive", "Archives", "Archivio", "Archivo"],
    "": ["Projekte", "Kunden", "Sentinel", "Trash 2012", "Einkauf", "Posteingang"],
}
NO_MAIL = {
    "calendar": ["Kalender", "Calendar", "Calendrier", "Agenda", "Calendario", "KALENDER"],
    "contacts": ["Kontakte", "Contacts", "Address Book", "Carnet d'adresses", "Rubrica", "Contatti", "Contactos"],
    "tasks": ["Aufgaben", "Tasks", "Tâches", "Attività", "Tareas"],
    "notes": ["Notizen", "Notes", "Note", "Notas"],
    "": ["Projekte", "Kalenderblätter", "INBOX", "Sent"],
}


def listed(*lines, delimiter="/", foreign=()):
    """Return the roles by path for a LIST answer.

    :param lines: (flags, path)
    """
    found = [
        server_folders.read_list([f'({flags}) "{delimiter}" {{9}}'.encode(), server_folders.wire_names(path)[0]])[1]
        for flags, path in lines
    ]
    found = server_folders.complete(found)
    server_folders.assign_roles(found, foreign)
    return {folder.path: folder.role for folder in found if folder.role}


class TestDetection(BaseCase):
    def test_by_name(self):
        for role, names in NAMES.items():
            for name in names:
                for path, delimiter in ((name, "/"), (f"INBOX.{name}", "."), (f"[Gmail]/{name}", "/")):
                    with self.subTest(path):
                        lines = [("", path), *([("\\Noselect", "[Gmail]")] if "Gmail" in path else [])]
                        self.assertEqual(listed(*lines, delimiter=delimiter), {path: role} if role else {})

    def test_by_name_in_decomposed_letters(self):
        self.assertEqual(listed(("", "Entwu\u0308rfe")), {"Entwu\u0308rfe": "drafts"})

    def test_by_the_servers_word(self):
        special_use = {"Sent": "sent", "Trash": "trash", "Drafts": "drafts", "Junk": "junk", "Archive": "archive"}
        xlist = {"Inbox": "inbox", "Spam": "junk"}
        for flag, role in {**special_use, **xlist}.items():
            with self.subTest(flag):
                self.assertEqual(listed((f"\\HasNoChildren \\{flag}", "Ablage"), ("", "Andere")), {"Ablage": role})

    def test_the_servers_word_comes_before_a_name(self):
        self.assertEqual(listed(("", "Trash"), ("\\Trash", "Müll")), {"Müll": "trash"})
        self.assertEqual(listed(("\\Sent", "Papierkorb")), {"Papierkorb": "sent"})

    def test_one_folder_for_each_role(self):
        for lines, expected in (
            # Dovecot's example configuration marks both.
            ([("\\Sent", "Sent Messages"), ("\\Sent", "Sent")], {"Sent": "sent"}),
            ([("", "Gelöscht"), ("", "Papierkorb")], {"Papierkorb": "trash"}),
            ([("", "Sent"), ("", "INBOX.Sent")], {"Sent": "sent"}),
            ([("\\Inbox", "Posteingang"), ("", "INBOX")], {"INBOX": "inbox"}),
        ):
            with self.subTest(str(lines)):
                self.assertEqual(listed(*lines, delimiter="."), expected)

    def test_folders_that_cannot_play_a_role(self):
        for lines, foreign in (
            ([("\\Noselect \\Trash", "Trash")], ()),
            ([("\\Trash", "user/ben/Trash")], ["user/"]),
            ([("", "user/ben/Trash")], ["user/"]),
            ([("", "Backup 2012"), ("", "Backup 2012/Gesendet")], ()),
        ):
            with self.subTest(str(lines)):
                self.assertEqual(listed(*lines, foreign=foreign), {})

    def test_folders_that_look_like_no_mail(self):
        for kind, names in NO_MAIL.items():
            for name in names:
                with self.subTest(name):
                    self.assertEqual(server_folders.no_mail_kind(server_folders.FolderInfo(name, "/", name, "")), kind)
        below = server_folders.FolderInfo("Kalender/Geburtstage", "/", "Geburtstage", "Kalender")
        self.assertEqual(server_folders.no_mail_kind(below), "calendar")
        marked = server_folders.FolderInfo("Notes", "/", "Notes", "", role="archive")
        self.assertEqual(server_folders.no_mail_kind(marked), "", "the server says that it holds mail")


@tagged("post_install", "-at_install")
class TestRoles(LabCase):
    """The user's choice comes before what was detected, and stays."""

    def setUp(self):
        super().setUp()
        self.account = self.lab.account(language="de")
        self.lab.create_folder(self.account.address, "Müll")
        self.lab.create_folder(self.account.address, "Kiste/Unten")
        self.mailbox = self.make_lab_mailbox()
        self.mailbox.refresh_folders()

    def folder(self, path):
        return self.mailbox.folder_ids.filtered(lambda folder: folder.path == path)

    def roles(self):
        return {folder.path: folder.role for folder in self.mailbox.folder_ids if folder.role}

    def test_detected_at_the_first_refresh(self):
        self.assertEqual(
            self.roles(),
            {
                "INBOX": "inbox",
                "Gesendet": "sent",
                "Entwürfe": "drafts",
                "Papierkorb": "trash",
                "Spam": "junk",
                "Archiv": "archive",
            },
        )
        self.assertEqual(self.mailbox.trash_folder_id, self.folder("Papierkorb"))

    def test_a_choice_takes_the_role_and_survives_refreshes(self):
        self.folder("Müll").role = "trash"
        for _refresh in range(2):
            self.assertEqual([path for path, role in self.roles().items() if role == "trash"], ["Müll"])
            self.assertEqual(self.mailbox.trash_folder_id, self.folder("Müll"))
            self.mailbox.refresh_folders()

    def test_a_role_taken_away_stays_away(self):
        self.folder("Archiv").role = False
        self.mailbox.refresh_folders()
        self.assertNotIn("archive", self.roles().values())

    def test_a_later_choice_takes_it_from_the_one_before(self):
        self.folder("Müll").role = "trash"
        self.folder("Spam").role = "trash"
        self.mailbox.refresh_folders()
        self.assertEqual(self.folder("Spam").role, "trash")
        self.assertFalse(self.folder("Müll").role)
        self.assertFalse(self.folder("Müll").role_is_chosen)

    def test_a_choice_can_be_undone(self):
        self.folder("Müll").role = "trash"
        self.folder("Müll").action_detect_role()
        self.assertEqual(self.roles()["Papierkorb"], "trash")
        self.assertFalse(self.folder("Müll").role)
        self.folder("Papierkorb").role = False
        self.folder("Papierkorb").action_detect_role()
        self.assertEqual(self.roles()["Papierkorb"], "trash")

    def test_the_field_on_the_form_overrides_and_emptied_goes_back_to_what_is_detected(self):
        self.mailbox.trash_folder_id = self.folder("Müll")
        self.assertEqual(self.roles()["Müll"], "trash")
        self.mailbox.refresh_folders()
        self.assertEqual(self.mailbox.trash_folder_id, self.folder("Müll"))
        self.mailbox.trash_folder_id = False
        self.assertEqual(self.mailbox.trash_folder_id, self.folder("Papierkorb"))

    def test_a_detected_folder_that_comes_later_does_not_take_the_role_from_the_chosen_one(self):
        self.folder("Müll").role = "junk"
        self.mailbox.sudo().folder_ids.filtered(lambda folder: folder.path == "Spam").unlink()
        self.mailbox.refresh_folders()
        self.assertEqual([path for path, role in self.roles().items() if role == "junk"], ["Müll"])

    def test_a_folder_that_vanished_plays_no_role_until_it_is_back(self):
        self.folder("Müll").role = "trash"
        client = self.lab.imap(self.account)
        client.delete("M&APw-ll")
        self.mailbox.refresh_folders()
        self.assertEqual(self.mailbox.trash_folder_id, self.folder("Papierkorb"))
        client.create("M&APw-ll")
        client.logout()
        self.mailbox.refresh_folders()
        self.assertEqual(self.mailbox.trash_folder_id, self.folder("Müll"))
        self.assertFalse(self.folder("Papierkorb").role)

    def test_what_cannot_be_chosen(self):
        other = self.make_lab_mailbox(account=self.lab.account())
        other.refresh_folders()
        for label, action in (
            ("a second inbox", lambda: self.folder("Müll").write({"role": "inbox"})),
            ("no inbox", lambda: self.folder("INBOX").write({"role": False})),
            ("the inbox as trash", lambda: self.folder("INBOX").write({"role": "trash"})),
            ("a folder without mail", lambda: self.folder("Kiste").write({"role": "trash"})),
            ("two at once", lambda: (self.folder("Müll") | self.folder("Spam")).write({"role": "trash"})),
            (
                "a folder of another mailbox",
                lambda: self.mailbox.write({"trash_folder_id": other.folder_ids.filtered("is_selectable")[-1].id}),
            ),
        ):
            with self.subTest(label), self.assertRaises(ValidationError):
                action()

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_who_may_not_edit_the_mailbox_cannot_choose(self):
        shared = self.make_shared({self.ben: "write"})
        self.mailbox.sudo().folder_ids.write({"mailbox_id": shared.id})
        trash, other = (shared.folder_ids.filtered(lambda f, p=p: f.path == p) for p in ("Papierkorb", "Müll"))
        for action in (
            lambda: other.with_user(self.ben).write({"role": "trash"}),
            lambda: trash.with_user(self.ben).action_detect_role(),
            lambda: shared.with_user(self.ben).write({"trash_folder_id": other.id}),
            lambda: other.with_user(self.anna).write({"role": "trash"}),
        ):
            with self.assertRaises(AccessError):
                action()
        self.assertEqual((trash.role, other.role), ("trash", False))
        other.with_user(self.manager).role = "trash"
        self.assertEqual((trash.role, other.role), (False, "trash"))
        other.with_user(self.admin).action_detect_role()
        self.assertEqual((trash.role, other.role), ("trash", False))
