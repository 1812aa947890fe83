import json

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.comm_mailboxes.tests.common import SyncCase


@tagged("post_install", "-at_install")
class TestServerGone(SyncCase):
    """Anna moves mail while the server cannot be reached: she is told, can take it back, and sees what waits."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.comm_mailboxes.models.comm_mailbox_event"))
        self.deliver("Offer")
        self.deliver("Order")
        self.client.create("Box")
        self.proxy = self.enterContext(self.lab.proxy("imap"))
        self.mailbox = self.make_synced(port=self.proxy.port, security="none", allow_clear_password=True)
        self.inbox = self.folder(self.mailbox, "INBOX").with_user(self.anna)
        self.box = self.folder(self.mailbox, "Box").with_user(self.anna)
        self.told()

    def move(self, subject):
        message = self.message(self.mailbox, subject)
        return self.inbox.change_messages("move", message.ids, target_id=self.box.id)

    def push(self):
        # Not while its server fails, unless it is due.
        self.mailbox.sudo().lease_ids.due_at = Datetime.now()
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self.env.ref("comm_mailboxes.ir_cron_push").method_direct_trigger()
        self.env.invalidate_all()

    def told(self, kind="comm_mailboxes/waiting"):
        """Do what a commit does, and return what was told to whom."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([])
        told = [(row.channel, json.loads(row.message)) for row in rows]
        rows.unlink()
        return [(channel, message["payload"]) for channel, message in told if message["type"] == kind]

    def shown(self, folder):
        return {row["subject"]: row.get("is_waiting", False) for row in folder.get_page()["messages"]}

    def test_who_moved_something_is_told_once_that_it_waits(self):
        self.proxy.refuse()
        self.assertFalse(self.move("Offer")["waits"], "nobody knows it yet")
        self.push()
        [(channel, told)] = self.told()
        self.assertIn(f'"res.partner",{self.anna.partner_id.id}]', channel)
        self.assertEqual((told["name"], told["count"]), (self.mailbox.name, 1))
        self.push()
        self.assertFalse(self.told(), "it is kept, which was told")
        # What is done while it goes on failing says so itself.
        self.assertTrue(self.move("Order")["waits"])
        self.assertFalse(self.inbox.change_messages("seen", self.message(self.mailbox, "Order").ids)["waits"])
        self.assertEqual(self.shown(self.box), {"Offer": True, "Order": True})
        self.proxy.reset()
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertTrue(self.told("comm_folders/news"), "the lists show it")
        self.assertEqual(self.shown(self.box), {"Offer": False, "Order": False})
        self.assertEqual(set(self.subjects("Box")), {"Offer", "Order"})

    def test_it_can_be_taken_back(self):
        self.proxy.refuse()
        self.move("Offer")
        self.mailbox.with_user(self.anna).create_folder("New")
        self.message(self.mailbox, "Order").with_user(self.anna).is_flagged = True
        self.push()
        self.assertEqual(self.told()[0][1]["count"], 2)
        self.mailbox.with_user(self.anna).take_back_waiting()
        self.assertEqual(self.shown(self.inbox), {"Offer": False, "Order": False})
        self.assertEqual(self.operations(self.mailbox).mapped("kind"), ["flag"], "marks were not told of")
        self.proxy.reset()
        self.mailbox.with_user(self.anna).fetch_mail()
        self.assertEqual((set(self.subjects("INBOX")), self.subjects("Box")), ({"Offer", "Order"}, []))

    def test_what_only_others_changed_is_not_taken_back_and_strangers_take_nothing_back(self):
        self.proxy.refuse()
        self.move("Offer")
        self.push()
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.ben).take_back_waiting()
        self.env["comm.operation"].flush_model()
        self.env.cr.execute("UPDATE comm_operation SET write_uid = %s", [self.ben.id])
        self.mailbox.with_user(self.anna).take_back_waiting()
        self.assertEqual(self.operations(self.mailbox).mapped("kind"), ["move"])

    def test_nobody_is_told_who_only_read_mail(self):
        self.proxy.refuse()
        self.inbox.change_messages("seen", self.message(self.mailbox, "Offer").ids)
        self.push()
        self.assertFalse(self.told())
