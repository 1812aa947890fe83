from base64 import b64decode
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO

from PIL import Image

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .outbox import OutboxCase
from .test_compose import PIXEL, ComposeCase


@tagged("post_install", "-at_install")
class TestComposeFiles(ComposeCase):
    """Uploads, images of the text, copies of what lies elsewhere."""

    def upload(self, name="mine.txt", user=None, **vals):
        model = self.env["ir.attachment"].with_user(user or self.anna)
        return model.create({"name": name, "raw": b"mine", "res_model": "comm.message", "res_id": 0, **vals})

    def keep(self, **values):
        kept = self.model.keep_draft({"from_mailbox_id": self.out.id, **values})
        return self.env["comm.message"].browse(kept["id"]), dict(kept["attachments"])

    def test_an_upload_becomes_the_drafts_and_keeps_its_id(self):
        upload = self.upload()
        draft, kept = self.keep(attachment_ids=[upload.id])
        self.assertEqual(kept, {upload.id: upload.id})
        self.assertEqual((upload.res_model, upload.res_id), ("comm.message", draft.id))

    def test_a_file_of_a_record_is_copied_once_however_often_it_is_saved(self):
        partner = self.env["res.partner"].create({"name": "P"})
        theirs = self.env["ir.attachment"].create(
            {"name": "theirs.txt", "raw": b"theirs", "res_model": "res.partner", "res_id": partner.id}
        )
        draft, kept = self.keep(attachment_ids=[theirs.id])
        own = kept[theirs.id]
        self.assertNotEqual(own, theirs.id)
        for _turn in range(2):
            _draft, kept = self.keep(id=draft.id, attachment_ids=[own])
            self.assertEqual(kept, {own: own})
        theirs.unlink()
        _draft, kept = self.keep(id=draft.id, attachment_ids=[own], subject="Still there")
        self.assertEqual(draft.attachment_ids.filtered(lambda file: not file.comm_is_source).ids, [own])

    def test_where_two_windows_write_on_one_draft_each_has_its_files(self):
        file = self.upload()
        draft, _kept = self.keep(attachment_ids=[file.id], compose_token="abc")
        self.keep(id=draft.id, subject="Elsewhere", compose_token="def")
        late = {"version": 1, "compose_token": "abc"}
        copy, kept = self.keep(id=draft.id, attachment_ids=[file.id], **late)
        self.assertNotIn(copy, draft)
        self.assertEqual(file.res_id, draft.id)
        [own] = copy.attachment_ids.filtered(lambda file: not file.comm_is_source).ids
        self.assertEqual(kept, {file.id: own})
        _copy, kept = self.keep(id=copy.id, attachment_ids=[own], **late)
        self.assertEqual(kept, {own: own})

    def test_files_of_a_mail_stay_with_it_when_they_are_forwarded(self):
        original = self.incoming()
        file = self.env["ir.attachment"].create(
            {"name": "a.pdf", "raw": b"%PDF", "res_model": "comm.message", "res_id": original.id}
        )
        draft, kept = self.keep(**self.model.compose("forward", original.id))
        self.assertNotEqual(kept[file.id], file.id)
        self.assertEqual(file.res_id, original.id)
        self.assertIn("a.pdf", draft.attachment_ids.mapped("name"))

    def test_a_picture_is_sent_as_it_is_be_it_large_or_broken(self):
        photo = BytesIO()
        Image.effect_noise((2500, 100), 50).save(photo, "PNG")
        partner = self.env["res.partner"].create({"name": "P"})
        for content in (photo.getvalue(), photo.getvalue()[:5000], b"\x89PNG\r\n\x1a\n no picture"):
            upload = self.upload("photo.png", raw=content)
            self.assertEqual((upload.raw, upload.mimetype), (content, "image/png"))
            # As one that came before this addon, or from a program.
            theirs = self.env["ir.attachment"].with_context(image_no_postprocess=True)
            theirs = theirs.create(
                {"name": "theirs.png", "raw": content, "res_model": "res.partner", "res_id": partner.id}
            )
            draft, _kept = self.keep(attachment_ids=[upload.id, theirs.id], email_to="ben@example.com", subject="Photo")
            sent = message_from_bytes(draft._source(), policy=policy.default)
            self.assertEqual([part.get_content() for part in sent.iter_attachments()], [content, content])

    def test_nobody_takes_a_file_that_they_may_not_read(self):
        secret = self.env["ir.attachment"].create({"name": "s", "raw": b"s", "res_model": "ir.cron", "res_id": 1})
        with self.assertRaises(AccessError):
            self.keep(attachment_ids=[secret.id])
        with self.assertRaises(AccessError):
            self.keep(attachment_ids=[self.upload(user=self.ben).id])

    def test_an_uploaded_image_lies_with_the_draft_and_travels_by_content_id(self):
        image = self.upload("photo.png", raw=False, datas=PIXEL)
        draft, _kept = self.keep(body_html=f'<p>Hi <img src="/web/image/{image.id}"></p>', attachment_ids=[])
        self.assertEqual((image.res_id, image.res_field), (draft.id, "compose_html"))
        self.assertIn("cid:", draft.body_html)
        self.assertFalse(draft.has_attachment)
        self.assertNotIn(image, draft.attachment_ids)
        image.with_user(self.anna).check_access("read")
        with self.assertRaises(AccessError):
            image.with_user(self.ben).check_access("read")
        again, _kept = self.keep(id=draft.id, body_html=f'<p>Hi <img src="/web/image/{image.id}"> there</p>')
        self.assertIn("cid:", again.body_html)

    def test_a_draft_that_began_as_a_copy_has_images_of_its_own(self):
        """As one that two windows write on: they are there when the other one is gone."""
        image = self.upload("photo.png", raw=False, datas=PIXEL)
        text = f'<p>Hi <img src="/web/image/{image.id}"> <img src="/web/image/{image.id}"></p>'
        kept = self.model.keep_draft({"from_mailbox_id": self.out.id, "body_html": text, "compose_token": "abc"})
        self.assertEqual(kept["images"], [])
        draft = self.env["comm.message"].browse(kept["id"])
        self.keep(id=draft.id, subject="Elsewhere", compose_token="def")
        late = {"from_mailbox_id": self.out.id, "id": draft.id, "version": 1, "compose_token": "abc", "body_html": text}
        kept = self.model.keep_draft(late)
        [[given, own]] = kept["images"]
        copy = self.env["comm.message"].browse(kept["id"])
        self.assertEqual((given, image.res_id), (image.id, draft.id))
        self.assertNotIn(f"/web/image/{image.id}", copy.compose_html)
        self.assertEqual(copy.compose_html.count(f"/web/image/{own}"), 2)
        # As the window says that did not hear of it.
        again = self.model.keep_draft({**late, "id": copy.id, "version": kept["version"]})
        self.assertEqual(again["images"], [[image.id, own]])
        draft.with_user(self.anna).discard_draft()
        self.assertFalse(image.exists())
        self.assertEqual(self.env["ir.attachment"].browse(own).raw, b64decode(PIXEL))
        self.keep(id=copy.id, body_html=copy.compose_html, subject="Still there")
        self.assertIn("cid:", copy.body_html)

    def test_the_vacuum_takes_uploads_that_no_message_took_and_images_of_sent_mail(self):
        lost, used = self.upload("lost.txt"), self.upload("used.txt")
        image = self.upload("photo.png", raw=False, datas=PIXEL)
        fresh = self.upload("fresh.txt")
        draft, _kept = self.keep(body_html=f'<p><img src="/web/image/{image.id}"></p>', attachment_ids=[used.id])
        old = fields.Datetime.now() - timedelta(days=2)
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = %s WHERE id = ANY(%s)", (old, (lost | used | image).ids)
        )
        self.env.invalidate_all()
        vacuum = self.env["comm.message"].sudo()
        vacuum._gc_uploads()
        self.assertEqual((lost | used | image | fresh).exists(), used | image | fresh)
        draft.with_context(comm_sync=True).sudo().compose_html = False
        vacuum._gc_uploads()
        self.assertEqual((used | image | fresh).exists(), used | fresh)


@tagged("post_install", "-at_install")
class TestSendLimit(OutboxCase):
    def test_the_server_is_asked_once_what_it_takes(self):
        server, mailbox = self.make_unruly()
        server.size_limit = 20_000_000
        model = self.env["comm.message"].with_user(self.anna)
        limit = model.send_limit(mailbox.id)
        self.assertEqual(limit, 20_000_000)
        mailbox.send_limit = 5
        self.assertEqual(model.send_limit(mailbox.id), 5)
        mailbox.port = mailbox.port
        self.assertEqual(model.send_limit(mailbox.id), limit)


@tagged("post_install", "-at_install")
class TestAttachmentLink(ComposeCase, HttpCase):
    """Files sent as links: whoever has the word, until the day, that file and nothing else."""

    def setUp(self):
        super().setUp()
        self.file = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create(
                {"name": "plän.html", "raw": b"<script>alert(1)</script>", "res_model": "comm.message", "res_id": 0}
            )
        )
        self.links = self.env["comm.attachment.link"].with_user(self.anna)

    def get(self, url):
        return self.url_open(url[url.index("/comm_mailboxes") :], allow_redirects=False)

    def test_a_stranger_downloads_it_and_it_is_never_shown(self):
        shared = self.links.share(self.file.id, 7)
        response = self.get(shared["url"])
        self.assertEqual((response.status_code, response.content), (200, b"<script>alert(1)</script>"))
        self.assertTrue(response.headers["Content-Disposition"].startswith("attachment"))
        self.assertTrue(response.headers["Content-Type"].startswith("text/plain"))
        link = self.env["comm.attachment.link"].browse(shared["id"])
        self.assertEqual(link.download_count, 1)

    def test_a_base_address_with_a_final_slash(self):
        self.env["ir.config_parameter"].set_param("web.base.url", f"{self.base_url()}/")
        url = self.links.share(self.file.id)["url"]
        self.assertTrue(url.startswith(f"{self.base_url()}/comm_mailboxes/file/"), url)

    def test_the_word_is_not_in_the_database_and_the_file_has_no_token(self):
        shared = self.links.share(self.file.id)
        token = shared["url"].rpartition("/")[2]
        link = self.env["comm.attachment.link"].browse(shared["id"])
        self.assertNotIn(token, str(link.read()))
        self.assertNotIn(token, str(link.attachment_id.read()))
        self.assertFalse(link.attachment_id.access_token)
        self.assertEqual(self.get(shared["url"][:-1] + "x").status_code, 410)

    def test_it_ends(self):
        shared = self.links.share(self.file.id)
        link = self.env["comm.attachment.link"].browse(shared["id"])
        copy = link.attachment_id
        link.expires_on = fields.Date.today() - timedelta(days=1)
        self.assertEqual(self.get(shared["url"]).status_code, 410)
        self.env["comm.attachment.link"]._gc_expired()
        self.assertFalse((link.exists()) or copy.exists())
        self.assertTrue(self.file.exists())

    def test_revoking_ends_it_now(self):
        shared = self.links.share(self.file.id)
        self.links.browse(shared["id"]).action_revoke()
        self.assertEqual(self.get(shared["url"]).status_code, 410)

    def test_it_goes_with_a_discarded_draft_and_stays_with_a_sent_one(self):
        kept, gone = self.links.share(self.file.id), self.links.share(self.file.id)
        sent = self.saved(email_to="ben@example.com", body_html="<p>a</p>", link_ids=[kept["id"]])
        self.assertEqual(self.env["comm.attachment.link"].browse(kept["id"]).message_id, sent)
        sent.sudo().unlink()
        draft = self.saved(body_html="<p>a</p>", link_ids=[gone["id"]])
        self.model.browse(draft.id).discard_draft()
        self.assertEqual(self.get(kept["url"]).status_code, 200)
        self.assertEqual(self.get(gone["url"]).status_code, 410)

    def test_nobody_shares_what_they_may_not_read_or_turns_a_link_to_another_file(self):
        secret = self.env["ir.attachment"].create({"name": "s", "raw": b"s", "res_model": "ir.cron", "res_id": 1})
        with self.assertRaises(AccessError):
            self.links.share(secret.id)
        link = self.links.browse(self.links.share(self.file.id)["id"])
        with self.assertRaises(AccessError):
            link.attachment_id = secret.id
        with self.assertRaises(UserError):
            link.expires_on = fields.Date.today() + timedelta(days=4000)
        with self.assertRaises(AccessError):
            link.with_user(self.ben).read(["name"])
        with self.assertRaises(AccessError):
            link.with_user(self.ben).action_revoke()
