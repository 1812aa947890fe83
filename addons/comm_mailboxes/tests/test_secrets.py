import os
import traceback
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from .. import vault
from .common import CommCase

SECRET = "correct horse battery staple"


@tagged("post_install", "-at_install")
class TestSecrets(CommCase):
    def reveal(self, mailbox):
        return self.env["comm.mailbox.secret"]._reveal__(mailbox, "password")

    def test_the_password_is_stored_encrypted_and_never_read_back(self):
        mailbox = self.make_mailbox(password=SECRET)
        self.env.invalidate_all()
        self.assertFalse(mailbox.password)
        self.assertFalse(mailbox.read()[0]["password"])
        self.anna.group_ids += self.env.ref("base.group_allow_export")
        self.assertNotIn(SECRET, str(mailbox.export_data(["name", "password", "login"])))
        self.assertTrue(mailbox.has_password)
        self.env.cr.execute("SELECT ciphertext FROM comm_mailbox_secret WHERE mailbox_id = %s", [mailbox.id])
        ciphertext = self.env.cr.fetchone()[0]
        self.assertNotIn(SECRET, ciphertext)
        self.assertEqual(self.reveal(mailbox), SECRET)

    def test_nobody_may_read_the_table_of_secrets(self):
        self.make_mailbox(password=SECRET)
        for user in (self.anna, self.manager, self.admin):
            with (
                self.subTest(user.login),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_model"),
            ):
                self.env["comm.mailbox.secret"].with_user(user).search([])

    def test_saving_other_fields_keeps_the_password_and_an_empty_one_removes_it(self):
        mailbox = self.make_mailbox(password=SECRET)
        mailbox.write({"name": "Other", "host": "mail.example.com"})
        self.assertEqual(self.reveal(mailbox), SECRET)
        mailbox.password = False
        self.assertFalse(mailbox.has_password)

    def test_an_administrator_who_changes_the_server_does_not_get_the_password_sent_there(self):
        mailbox = self.make_mailbox(password=SECRET, host="mail.example.com")
        mailbox.with_user(self.admin).write({"name": "Renamed"})
        self.assertTrue(mailbox.has_password)
        mailbox.with_user(self.admin).write({"host": "evil.example.com"})
        self.assertFalse(mailbox.has_password)

    def test_a_new_key_in_front_encrypts_and_the_old_one_still_opens(self):
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        with patch.dict(config.options, {vault.KEY_OPTION: old}):
            ciphertext = vault.encrypt(SECRET)
        with patch.dict(config.options, {vault.KEY_OPTION: f"{new}, {old}"}):
            self.assertEqual(vault.decrypt__(ciphertext), SECRET)
            rotated = vault.encrypt(SECRET)
        with patch.dict(config.options, {vault.KEY_OPTION: new}):
            self.assertEqual(vault.decrypt__(rotated), SECRET)
            with self.assertRaises(vault.KeyLost):
                vault.decrypt__(ciphertext)

    def test_a_lost_key_asks_for_the_password_again(self):
        with patch.dict(config.options, {vault.KEY_OPTION: Fernet.generate_key().decode()}):
            mailbox = self.make_mailbox(password=SECRET)
        with (
            patch.dict(config.options, {vault.KEY_OPTION: Fernet.generate_key().decode()}),
            self.assertRaisesRegex(UserError, "Enter the password again"),
        ):
            self.reveal(mailbox)

    def test_the_key_file_is_for_the_server_alone(self):
        with patch.dict(config.options, {vault.KEY_OPTION: ""}):
            vault.encrypt(SECRET)
        mode = os.stat(os.path.join(config["data_dir"], vault.KEY_FILE)).st_mode
        self.assertEqual(mode & 0o777, 0o600)

    def test_the_daily_cleaning_brings_everything_under_the_new_key(self):
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        with patch.dict(config.options, {vault.KEY_OPTION: old}):
            mailbox = self.make_mailbox(password=SECRET)
        secrets = self.env["comm.mailbox.secret"]
        with patch.dict(config.options, {vault.KEY_OPTION: f"{new}, {old}"}):
            secrets._encrypt_by_first_key()
            once = secrets.search([("mailbox_id", "=", mailbox.id)]).ciphertext
            secrets._encrypt_by_first_key()
            self.assertEqual(secrets.search([("mailbox_id", "=", mailbox.id)]).ciphertext, once, "nothing left to do")
        with patch.dict(config.options, {vault.KEY_OPTION: new}):
            self.assertEqual(self.reveal(mailbox), SECRET)
        self.assertTrue(mailbox._password_is_mine(), "still anna's")
        with patch.dict(config.options, {vault.KEY_OPTION: Fernet.generate_key().decode()}):
            secrets._encrypt_by_first_key()  # a lost key stops nothing

    def test_a_lost_key_is_told_per_mailbox_and_healed_by_entering_the_password(self):
        first, second = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        server = {"host": "mail.example.com", "login": "anna"}
        with patch.dict(config.options, {vault.KEY_OPTION: first}):
            lost = self.make_mailbox(name="Lost", password=SECRET, **server)
        with patch.dict(config.options, {vault.KEY_OPTION: second}):
            fine = self.make_mailbox(name="Fine", password=SECRET, **server)
            [step] = lost.check_connection()
            self.assertEqual((step["step"], step["ok"]), ("settings", False))
            self.assertIn("password of “Lost” is gone. Enter the password again", step["detail"])
            self.assertEqual(lost.state, "error")
            self.assertIn("Enter the password again", lost.last_error)
            self.assertEqual(self.reveal(fine), SECRET)
            lost.password = "another"
            self.assertEqual(self.reveal(lost), "another")

    def test_a_key_that_is_none_is_told_without_showing_it(self):
        mailbox = self.make_mailbox(password=SECRET)
        with patch.dict(config.options, {vault.KEY_OPTION: "too-short-a-key"}):
            for action in (lambda: self.reveal(mailbox), lambda: mailbox.write({"password": "x"})):
                with self.assertRaisesRegex(UserError, "comm_mailboxes_key in odoo.conf") as caught:
                    action()
                self.assertNotIn("too-short", "".join(traceback.format_exception(caught.exception)))

    def test_a_neutralised_copy_has_no_secret_and_neither_fetches_nor_sends(self):
        incoming = self.make_mailbox(password=SECRET, auto_fetch=True)
        outgoing = self.make_mailbox(kind="smtp", host="mail.example.com")
        self.env.flush_all()
        for query in get_neutralization_queries(["comm_mailboxes"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(self.env["comm.mailbox.secret"].search([]))
        self.assertFalse(self.env["comm.mailbox"].search([("auto_fetch", "=", True)]))
        self.assertFalse(outgoing.active)
        self.assertTrue(incoming.active)
