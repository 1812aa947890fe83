import logging

from odoo.tests import tagged

from .sending import ADDRESS, SendingCase

OWN = "odoo.addons.comm_mailboxes.models.mail_mail"


@tagged("post_install", "-at_install")
class TestSendingAgain(SendingCase):
    """Odoo's own queue: who has a mail does not get it again, and what remains of it says which server sent it and why."""

    def chatter_mail(self, *names):
        """Return the one mail of a chatter message of anna's to new contacts of these names."""
        self.anna.group_ids += self.env.ref("base.group_partner_manager")
        followers = self.env["res.partner"].create([{"name": name, "email": f"{name}@example.com"} for name in names])
        document = self.env["res.partner"].create({"name": "Document"})
        document.message_subscribe(followers.ids)
        document.with_user(self.anna).with_context(mail_notify_force_send=False).message_post(
            body="Hello", subtype_xmlid="mail.mt_comment", email_from=f"Anna <{ADDRESS}>"
        )
        mail = self.env["mail.mail"].search([("model", "=", "res.partner"), ("res_id", "=", document.id)])
        self.assertEqual(len(mail), 1)
        return mail

    def told(self, level="own"):
        return sorted(address for envelope in self.receivers[level].received for address in envelope.rcpt_tos)

    def refuse(self, name, level="own"):
        self.receivers[level].refused[f"{name}@example.com"] = "550 5.1.1 No such user"

    def statuses(self, mail):
        notifications = self.env["mail.notification"].search([("mail_mail_id", "=", mail.id)])
        return {each.res_partner_id.name: each.notification_status for each in notifications}

    def test_one_of_three_refused_and_only_that_one_is_tried_again(self):
        self.make_own()
        mail = self.chatter_mail("good", "refused", "good2")
        notifications = self.env["mail.notification"].search([("mail_mail_id", "=", mail.id)])
        self.refuse("refused")
        self.run_queue(mail)
        self.assertEqual(self.told(), ["good2@example.com", "good@example.com"])
        self.assertEqual(self.statuses(mail), {"good": "sent", "refused": "exception", "good2": "sent"})
        # Still refused: the others have it once.
        mail.mark_outgoing()
        self.run_queue(mail)
        self.assertEqual((mail.state, self.told()), ("exception", ["good2@example.com", "good@example.com"]))
        self.receivers["own"].refused.clear()
        mail.mark_outgoing()
        self.run_queue(mail)
        self.assertEqual(self.told(), ["good2@example.com", "good@example.com", "refused@example.com"])
        self.assertEqual(set(notifications.mapped("notification_status")), {"sent"})

    def test_another_server_leaves_them_out_too(self):
        mailbox = self.make_own()
        mail = self.chatter_mail("good", "refused")
        self.refuse("refused")
        self.run_queue(mail)
        mailbox.active = False
        server = self.make_server()
        mail.mark_outgoing()
        self.run_queue(mail)
        self.assertEqual((self.told(), self.told(server.name)), (["good@example.com"], ["refused@example.com"]))

    def test_of_addresses_in_one_mail_those_are_left_out_that_have_it(self):
        self.make_own()
        contact = self.env["res.partner"].create({"name": "Refused", "email": "refused@example.com"})
        to = '"X" <a@example.com>, b@bücher.example, c@example.com'
        mail = self.make_mail(email_to=to, recipient_ids=contact.ids)
        self.refuse("c")
        self.refuse("refused")
        self.run_queue(mail)
        self.assertEqual((mail.state, len(self.told())), ("exception", 2))
        self.forget()
        mail.mark_outgoing()
        self.run_queue(mail)
        self.assertEqual((mail.state, self.told()), ("sent", ["c@example.com", "refused@example.com"]))
        # Sent to all: who sends it once more means everybody.
        self.forget()
        mail.mark_outgoing()
        self.run_queue(mail)
        self.assertEqual(len(self.told()), 4)

    def test_when_who_was_refused_is_taken_out_nobody_is_left(self):
        self.make_own()
        contact = self.env["res.partner"].create({"name": "Refused", "email": "refused@example.com"})
        mail = self.make_mail(recipient_ids=contact.ids)
        self.refuse("refused")
        self.run_queue(mail)
        mail.recipient_ids = False
        mail.mark_outgoing()
        self.run_queue(mail)
        self.assertEqual((mail.state, self.told()), ("sent", ["customer@example.com"]))

    def test_the_choice_stays_in_the_log_and_at_the_mailbox(self):
        mailbox = self.make_own()
        mails = self.make_mail(auto_delete=True) | self.make_mail(auto_delete=True)
        message_ids = mails.mapped("message_id")
        with self.assertLogs(OWN, logging.INFO) as log:
            self.run_queue(mails)
        self.assertFalse(mails.exists())
        [line] = log.output
        for part in (*message_ids, "Own (own)", "own mailbox with the address"):
            self.assertIn(part, line)
        events = mailbox.event_ids.filtered(lambda event: event.step == "send")
        self.assertEqual(len(events), 2)
        for event in events:
            self.assertIn("own mailbox with the address", event.text)

    def test_the_author_reads_in_their_language_why_it_failed(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(["comm_mailboxes"], ["de_DE"])
        self.anna.lang = "de_DE"
        mailbox = self.make_own()
        self.refuse("customer")
        refused = self.make_mail()
        self.run_queue(refused)
        mailbox.port = self.closed_port
        unreachable = self.make_mail()
        self.run_queue(unreachable)
        for mail in refused | unreachable:
            german = mail.failure_reason
            self.assertRegex(german, r"(?i)\b(der|die|das|nicht|nimmt)\b")
