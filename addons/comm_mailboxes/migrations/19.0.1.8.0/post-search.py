from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Messages of before are found by parts of addresses, and by what only their HTML says, too."""
    # The newest first, by the scheduled action; what waits is looked through word by word meanwhile.
    cr.execute("UPDATE comm_message_search SET document = NULL")
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.ref("comm_mailboxes.ir_cron_index_messages")._trigger()
