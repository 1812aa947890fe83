from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Messages of before are found by parts of addresses, and by what only their HTML says, too.

    And in their mailbox, if they came back there from a folder made by hand.
    """
    # The newest first, by the scheduled action; what waits is looked through word by word meanwhile.
    cr.execute(
        """UPDATE comm_message_search AS search
              SET document = NULL, mailbox_id = message.mailbox_id
             FROM comm_message AS message
            WHERE message.id = search.message_id"""
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.ref("comm_mailboxes.ir_cron_index_messages")._trigger()
