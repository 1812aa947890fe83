from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .rights import RightsCase

# Odoo lets every employee read every follower line (mail.followers): it tells of no mail, only that somebody follows a
# record of that number. What stands here is what Odoo derives from the rights on the record.
CHANGE = {"activity create", "activity read", "activity write", "note create", "note read"}
READ = {"activity read", "note read"}
# A mailbox is a thread: Odoo shows its activities to those only who may post there.
READ_THREAD = {"note read"}
TABLE = {
    "personal": {"owner": CHANGE, "administrator": CHANGE},
    "personal_message": {"owner": CHANGE},
    "personal_document": {"owner": CHANGE, "document_reader": READ, "document_writer": CHANGE},
    "shared": {
        "by_user": READ_THREAD,
        "by_group": READ_THREAD,
        "reader": READ_THREAD,
        "manager": CHANGE,
        "administrator": CHANGE,
    },
    "shared_message": {"by_user": CHANGE, "by_group": CHANGE, "reader": READ},
    "shared_document": {
        "by_user": CHANGE,
        "by_group": CHANGE,
        "reader": READ,
        "document_reader": READ,
        "document_writer": CHANGE,
    },
}


@tagged("post_install", "-at_install")
class TestRightsOfMailModels(RightsCase):
    """Activities and notes about mailboxes and mails are not a way around their rights."""

    def test_activities_and_notes_follow_the_record(self):
        for name, allowed in TABLE.items():
            record = getattr(self, name)
            for role, user in self.roles.items():
                with self.subTest(f"{name}, {role}"):
                    attempts = self.attempts(record, user)
                    observed = {what for what, action in attempts.items() if self.may(action)}
                    self.assertEqual(observed, allowed.get(role, set()))

    def attempts(self, record, user):
        activities, notes = self.env["mail.activity"], self.env["mail.message"]
        about_activity = {
            "res_model_id": self.env["ir.model"]._get_id(record._name),
            "res_id": record.id,
            "user_id": False,
        }
        about_note = {"model": record._name, "res_id": record.id, "body": "Note"}
        activity = activities.create(about_activity)
        note = notes.create(about_note)
        return {
            "activity create": lambda: activities.with_user(user).create(about_activity),
            "activity read": lambda: (
                activity.with_user(user).read(["summary", "res_name"])
                and bool(activities.with_user(user).search([("id", "=", activity.id)]))
            ),
            "activity write": lambda: activity.with_user(user).write({"summary": "Changed"}),
            "note create": lambda: notes.with_user(user).create(about_note),
            "note read": lambda: (
                note.with_user(user).read(["body", "record_name"])
                and bool(notes.with_user(user).search([("id", "=", note.id)]))
            ),
        }

    def test_an_activity_of_ones_own_opens_no_file_of_others(self):
        activity = self.env["mail.activity"].with_user(self.ben)
        link = {"user_id": self.ben.id, "attachment_ids": [(6, 0, self.personal_document.ids)]}
        shown = {"attachment_ids": {"fields": {"name": {}, "raw": {}}}}
        self.assertFalse(self.may(lambda: activity.create(link).web_read(shown)))


@tagged("post_install", "-at_install")
class TestRightsOverHttp(RightsCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.http"))
        place = {"res_model": "comm.message", "res_id": self.shared_message.id}
        picture, source = self.env["ir.attachment"].create(
            [
                {"name": "logo.png", "raw": b"x", "comm_content_id": "logo@x", **place},
                {"name": "source.eml", "raw": b"x", "comm_is_source": True, **place},
            ]
        )
        members = {"by_user", "by_group", "reader"}
        by_group = {"document_reader", "document_writer"}
        self.addresses = {
            f"/web/content/{self.personal_document.id}": {"owner"} | by_group,
            f"/web/content/{self.shared_document.id}": members | by_group,
            f"/web/content/{picture.id}": members,
            f"/web/content/{source.id}": members,
            f"/web/image/{picture.id}?download=1": members,
            f"/comm_mailboxes/message/{self.personal_message.id}/body": {"owner"},
            f"/comm_mailboxes/message/{self.shared_message.id}/body": members,
        }

    def test_who_is_served(self):
        for user in self.roles.values():
            user.password = user.login
        for role in (*self.roles, "nobody"):
            user = self.roles.get(role)
            self.authenticate(user and user.login, user and user.login)
            for address, allowed in self.addresses.items():
                with self.subTest(f"{role} {address}"):
                    answer = self.url_open(address, allow_redirects=False)
                    self.assertEqual(answer.status_code == 200, role in allowed, answer.status_code)

    def test_refusals_do_not_name_what_they_refuse(self):
        """Every user may switch on the debug mode, in which Odoo names the records."""
        self.ben.password = self.ben.login
        records = (self.personal, self.personal_message, self.personal_message.folder_id, self.shared_message)
        self.personal_message.folder_id.name = "Secret folder"
        self.env.flush_all()
        self.authenticate(self.ben.login, self.ben.login, session_extra={"debug": "1"})
        for record in records:
            for method, arguments in (("read", []), ("write", [{}]), ("unlink", [])):
                with self.subTest(f"{record._name} {method}"):
                    answer = self.url_open(
                        f"/web/dataset/call_kw/{record._name}/{method}",
                        json={
                            "params": {
                                "model": record._name,
                                "method": method,
                                "args": [record.ids, *arguments],
                                "kwargs": {},
                            }
                        },
                    ).text
                    self.assertIn("AccessError", answer)
                    for name in ("Personal", "Private", "Secret folder", "For the desk"):
                        self.assertNotIn(f"{name} (", answer)
