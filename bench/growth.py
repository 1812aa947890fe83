"""How the cost grows with the folder: 1,000, 10,000 and 100,000 messages in one inbox, headers only.

All three sizes come as headers (the company's limit for an import is 1 MB, each message is larger), so that they differ in
number alone. Time per message should be the same at all sizes, time of a visit without change too. Plotted in growth.svg.
"""

from pathlib import Path
from statistics import median

from lab.mailbag import small

from .large_mailbox import LargeMailbox
from .odoo_database import check
from .result import Result
from .stopwatch import milliseconds
from .svg import Panel, plot

SIZES = (1_000, 10_000, 100_000)
LIMIT_MB = 1
HOLE = 1_200_000
VISITS = 7


def measure(name, database, lab, output):
    """Return the cost at 100,000 messages beside that at 1,000; draw the plot into the folder ``output``."""
    with database.import_limit(LIMIT_MB):
        costs = [_measure(database, lab, output / "mail", size) for size in SIZES]
    per_message, no_change = zip(*costs, strict=True)
    (output / "growth.svg").write_text(
        plot(
            "Cost by the number of messages in one folder (headers only)",
            [
                Panel("First import, ms per message", list(zip(SIZES, per_message, strict=True))),
                Panel("Visit without change, ms", list(zip(SIZES, no_change, strict=True))),
            ],
        ),
        encoding="utf-8",
    )
    first, last = (f"{size:,} messages" for size in (SIZES[0], SIZES[-1]))
    return [
        Result.of_costs(
            name, f"ms/message at {last}", per_message[-1], f"at {first}", per_message[0], note=_row(per_message)
        ),
        Result.of_costs(
            f"{name}/no-change", f"ms at {last}", no_change[-1], f"at {first}", no_change[0], note=_row(no_change)
        ),
    ]


def _measure(database, lab, folder: Path, size):
    """Return milliseconds per message of the first import, and of a visit without change."""
    with LargeMailbox(lab, folder) as box:
        box.fill(small(size, seed=size), HOLE)
        mailbox_id = database.create_mailbox(lab, box.account)
        importing = milliseconds(lambda: database.import_all(mailbox_id, size))
        partial = database.count([("mailbox_id", "=", mailbox_id), ("is_partial", "=", True)])
        check(partial, size, "messages came as header")
        database.settle()
        no_change = median(
            milliseconds(lambda: check(database.visit(mailbox_id), 0, "messages came")) for _visit in range(VISITS)
        )
    return importing / size, no_change


def _row(values):
    return "; ".join(f"{size:,}: {value:.3g} ms" for size, value in zip(SIZES, values, strict=True))
