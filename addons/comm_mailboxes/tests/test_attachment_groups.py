from ast import literal_eval

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .documents import DocumentCase

ALL_OF_IT = ["name", "description", "raw", "datas", "mimetype", "index_content", "res_model", "res_id", "res_name"]
ALL_OF_IT += ["display_name", "comm_date", "comm_message_id", "comm_subject", "comm_email_from", "comm_can_write"]


@tagged("post_install", "-at_install")
class TestAttachmentGroups(DocumentCase):
    def test_the_lines_decide_who_may_read_and_who_may_change(self):
        for user, read, write in (
            (self.anna, True, True),
            (self.reader, True, False),
            (self.chief, True, False),
            (self.writer, True, True),
            (self.ben, False, False),
            (self.manager, False, False),
            (self.admin, False, False),
        ):
            for operation, expected in (("read", read), ("write", write), ("unlink", write)):
                with self.subTest(f"{user.login} {operation}"):
                    self.assertEqual(self.can(user, self.document, operation), expected)

    def test_portal_users_gain_nothing_even_by_a_line(self):
        portal = new_test_user(self.env, "doc_portal", groups="base.group_portal")
        # As if another addon let them at attachments at all.
        self.env["ir.model.access"].create(
            {
                "name": "portal",
                "model_id": self.env.ref("base.model_ir_attachment").id,
                **{f"perm_{operation}": True for operation in ("read", "write", "unlink")},
            }
        )
        for user, group in ((portal, "base.group_portal"), (self.env.ref("base.public_user"), "base.group_public")):
            line = {"group_id": self.env.ref(group).id, "access": "write"}
            self.documents_group.line_ids = [Command.create(line)]
            for operation in ("read", "write", "unlink"):
                with self.subTest(f"{group} {operation}"):
                    self.assertFalse(self.document.with_user(user).has_access(operation))

    def test_rules_of_others_on_attachments_still_count(self):
        self.env["ir.rule"].create(
            {
                "name": "As another addon might have it",
                "model_id": self.env.ref("base.model_ir_attachment").id,
                "domain_force": [("description", "!=", "Closed")],
            }
        )
        self.assertTrue(self.can(self.reader, self.document, "read"))
        self.document.description = "Closed"
        self.assertFalse(self.can(self.reader, self.document, "read"))

    def test_the_message_stays_closed(self):
        for user in (self.reader, self.writer):
            with self.subTest(user.login):
                self.assertFalse(self.message.with_user(user).has_access("read"))
                self.assertFalse(self.mailbox.with_user(user).has_access("read"))
                self.env.invalidate_all()
                [values] = self.document.with_user(user).read(ALL_OF_IT)
                self.assertEqual(values["raw"], b"%PDF")
                self.assertFalse(values["res_name"] or values["comm_message_id"] or values["comm_email_from"])
                self.assertNotIn("Offer", str(values))
                self.assertNotIn("boss", str(values))
        [values] = self.document.with_user(self.anna).read(ALL_OF_IT)
        self.assertEqual((values["comm_subject"], values["comm_email_from"]), ("Offer", "boss@example.com"))
        self.assertEqual(values["res_name"], "Offer")

    def test_nobody_searches_by_words_of_a_mail_they_may_not_read(self):
        self.ben.group_ids += self.accounting
        for name, value in (("comm_subject", "Offer"), ("comm_email_from", "boss")):
            domain = [(name, "ilike", value), ("id", "=", self.document.id)]
            for user, expected in ((self.anna, self.document), (self.ben, self.document.browse())):
                with self.subTest(f"{user.login} {name}"):
                    self.assertEqual(self.env["ir.attachment"].with_user(user).search(domain), expected)

    def test_pictures_of_the_body_and_the_source_are_the_mail_and_stay_closed(self):
        for vals in ({"comm_content_id": "logo@x"}, {"comm_is_source": True}):
            part = self.attach(self.message, **vals)
            self.mailbox.write({"attachment_group_id": False})
            self.mailbox.write({"attachment_group_id": self.documents_group.id})
            with self.subTest(str(vals)):
                self.assertTrue(self.can(self.anna, part, "read"))
                self.assertFalse(self.can(self.reader, part, "read"))

    def test_only_mails_of_mailboxes_with_the_group(self):
        other = self.attach(self.make_message(self.make_mailbox(name="Other")))
        self.assertFalse(self.can(self.reader, other, "read"))
        partner = self.env["res.partner"].create({"name": "Partner"})
        own = self.env["ir.attachment"].create(
            {
                "name": "own",
                "raw": b"1",
                "comm_attachment_group_id": self.documents_group.id,
                "res_model": "res.partner",
            }
        )
        self.assertFalse(own.comm_attachment_group_id, "nobody chooses the group of a document")
        own.write({"res_id": partner.id})
        self.assertFalse(own.comm_attachment_group_id)
        # Nor does a group that got there nevertheless count.
        self.env.cr.execute(
            SQL("UPDATE ir_attachment SET comm_attachment_group_id = %s WHERE id = %s", self.documents_group.id, own.id)
        )
        self.env.invalidate_all()
        self.assertFalse(own.with_user(self.writer).has_access("write"))

    def test_a_line_counts_as_long_as_it_is_there(self):
        self.documents_group.line_ids.filtered(lambda line: line.group_id == self.accounting).unlink()
        for user in (self.reader, self.chief):
            self.assertFalse(self.can(user, self.document, "read"))
        self.documents_group.line_ids.access = "read"
        self.assertEqual(
            [self.can(self.writer, self.document, operation) for operation in ("read", "write")], [True, False]
        )
        self.writer.group_ids -= self.archive
        self.assertFalse(self.can(self.writer, self.document, "read"))

    def test_documents_follow_the_choice_of_the_mailbox(self):
        self.mailbox.with_user(self.anna).attachment_group_id = False
        self.assertFalse(self.can(self.reader, self.document, "read"))
        self.assertTrue(self.can(self.anna, self.document, "read"))
        self.mailbox.with_user(self.anna).attachment_group_id = self.documents_group
        self.assertTrue(self.can(self.reader, self.document, "read"))

    def test_documents_follow_their_message_to_another_mailbox(self):
        other = self.make_message(self.make_mailbox(name="Other")).folder_id
        self.message.write({"folder_id": other.id, "mailbox_id": other.mailbox_id.id})
        self.assertFalse(self.can(self.reader, self.document, "read"))

    def test_what_an_import_stored_at_the_same_moment_follows_after_the_commit(self):
        self.mailbox.attachment_group_id = False
        # An import that began before the change and committed after it: this transaction did not see its rows.
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET comm_attachment_group_id = %s WHERE id = %s",
                self.documents_group.id,
                self.document.id,
            )
        )
        self.registry_enter_test_mode()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        self.assertFalse(self.can(self.reader, self.document, "read"))

    def test_changing_means_the_document_and_nothing_around_it(self):
        document = self.document.with_user(self.writer)
        document.write({"name": "renamed.pdf", "description": "Paid", "raw": b"new"})
        self.assertEqual((self.document.name, self.document.raw), ("renamed.pdf", b"new"))
        partner = self.env["res.partner"].create({"name": "Partner"})
        for vals in (
            {"public": True},
            {"res_model": "res.partner", "res_id": partner.id},
            {"res_id": self.make_message(self.mailbox).id},
            {"access_token": "x"},
            {"comm_attachment_group_id": False},
            {"comm_content_id": "hidden"},
            {"type": "url", "url": "https://example.com"},
        ):
            for user in (self.writer, self.anna):
                with self.subTest(f"{user.login} {vals}"), self.assertRaises(AccessError):
                    self.document.with_user(user).write(vals)
        for action in (document.generate_access_token, document.copy):
            with self.subTest(action.__name__), self.assertRaises(AccessError):
                action()
        place = {"res_model": "comm.message", "res_id": self.message.id}
        for attachments, vals in (
            (document, place),
            (document.with_context(**{f"default_{name}": value for name, value in place.items()}), {}),
        ):
            with self.subTest(str(vals)), self.assertRaises(AccessError):
                attachments.create({"name": "added", **vals})
        document.unlink()
        self.assertFalse(self.document.exists())

    def test_not_even_the_server_makes_a_document_public(self):
        with self.assertRaises(ValidationError):
            self.document.public = True

    def test_tokens_that_open_without_a_check_are_not_handed_out(self):
        for make in (
            self.document._get_raw_access_token,
            self.document._get_thumbnail_token,
            self.document._get_ownership_token,
        ):
            self.assertFalse(make())
        plain = self.env["ir.attachment"].create({"name": "plain", "raw": b"1"})
        self.assertTrue(plain._get_raw_access_token())

    def test_only_the_owner_opens_the_documents_of_a_personal_mailbox(self):
        closed = self.make_mailbox(name="Closed").with_env(self.env)
        with self.assertRaisesRegex(AccessError, "Only the owner"):
            closed.with_user(self.admin).attachment_group_id = self.documents_group
        with self.assertRaisesRegex(AccessError, "Only the owner"):
            self.make_mailbox(self.admin, user_id=self.anna.id, attachment_group_id=self.documents_group.id)
        self.mailbox.with_user(self.admin).attachment_group_id = False  # closing is no harm
        copied = self.make_mailbox(attachment_group_id=self.documents_group.id).with_user(self.admin).copy()
        self.assertFalse(copied.attachment_group_id)

    def test_managers_open_the_documents_of_shared_mailboxes(self):
        shared = self.make_shared({self.ben: "read"})
        document = self.attach(self.make_message(shared))
        with self.assertRaises(AccessError):
            shared.with_user(self.ben).attachment_group_id = self.documents_group
        shared.with_user(self.manager).attachment_group_id = self.documents_group
        self.assertTrue(self.can(self.reader, document, "read"))
        shared.user_id = self.anna
        shared.with_user(self.admin).action_make_personal()
        self.assertFalse(shared.attachment_group_id, "what managers chose ends when the mailbox becomes somebody's own")
        self.assertFalse(self.can(self.reader, document, "read"))

    def test_everybody_may_choose_but_only_administrators_edit(self):
        for user in (self.anna, self.ben, self.manager):
            group = self.documents_group.with_user(user)
            with self.subTest(user.login):
                self.assertEqual(group.rights, "Accounting: Read, Archive: Read and write")
                self.assertIn(group, group.search([]))
                for attempt in (group.unlink, group.line_ids.unlink):
                    with self.assertRaises(AccessError):
                        attempt()
                with self.assertRaises(AccessError):
                    group.name = "Renamed"
        self.documents_group.with_user(self.admin).write({"name": "Bills", "line_ids": [Command.clear()]})

    def test_a_group_in_use_is_not_deleted(self):
        self.mailbox.active = False
        with self.assertRaisesRegex(UserError, "1 mailboxes use"):
            self.documents_group.unlink()
        self.mailbox.attachment_group_id = False
        self.documents_group.unlink()

    def test_a_copy_of_the_group_has_the_lines_but_no_mailbox(self):
        copied = self.documents_group.copy()
        self.assertEqual(copied.rights, self.documents_group.rights)
        self.assertFalse(copied.mailbox_ids)

    def test_the_type_is_shown_as_people_call_it(self):
        for name, mimetype, shown in (
            ("Invoice.pdf", "application/pdf", "PDF"),
            ("a.b.Docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX"),
            ("noname", "image/png", "PNG"),
        ):
            with self.subTest(name):
                self.assertEqual(self.attach(self.message, name=name, mimetype=mimetype).comm_type, shown)

    def test_the_menu_lists_exactly_what_one_may_read(self):
        hidden = self.attach(self.make_message(self.make_mailbox(name="Other")))
        self.attach(self.message, comm_content_id="logo@x")
        self.attach(self.message, comm_is_source=True)
        action = self.env["ir.actions.act_window"]._for_xml_id("comm_mailboxes.action_mail_documents")
        domain = literal_eval(action["domain"])
        for user, expected in (
            (self.reader, self.document),
            (self.anna, self.document + hidden),
            (self.ben, hidden.browse()),
        ):
            with self.subTest(user.login):
                attachments = self.env["ir.attachment"].with_user(user)
                self.assertEqual(attachments.search(domain).sorted("id"), expected)
                [(count,)] = attachments._read_group(domain, [], ["__count"])
                self.assertEqual(count, len(expected))
                shown = {
                    name: {}
                    for name in ("name", "mimetype", "file_size", "comm_date", "comm_subject", "comm_can_write")
                }
                self.assertEqual(attachments.web_search_read(domain, shown)["length"], len(expected))
