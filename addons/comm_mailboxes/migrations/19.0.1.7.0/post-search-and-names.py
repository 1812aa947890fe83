from odoo import SUPERUSER_ID, api

# What turns the direction of all that follows, and so of the address that a name stands before.
TURNS = "\u202d\u202e"


def migrate(cr, version):
    """Messages of before are found by parts of addresses, too, and bear no names that turn round what is behind them."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for column in ("email_from", "subject"):
        query = f"UPDATE comm_message SET {column} = translate({column}, %s, '') WHERE {column} ~ %s"  # noqa: S608
        cr.execute(query, [TURNS, f"[{TURNS}]"])
    # The newest first, by the scheduled action; what waits is looked through word by word meanwhile.
    cr.execute("UPDATE comm_message_search SET document = NULL")
    env.ref("comm_mailboxes.ir_cron_index_messages")._trigger()
