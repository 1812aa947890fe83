# What turns the direction of all that follows, and so of the address that a name stands before.
TURNS = "\u202d\u202e"


def migrate(cr, version):
    """Messages of before bear no names that turn round what is behind them."""
    for column in ("email_from", "subject"):
        query = f"UPDATE comm_message SET {column} = translate({column}, %s, '') WHERE {column} ~ %s"  # noqa: S608
        cr.execute(query, [TURNS, f"[{TURNS}]"])
