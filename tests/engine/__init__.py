# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The sync engine under faults: real processes, real commits, a real server behind a proxy that fails.

``worker``        the program that runs in Odoo's processes; ``odoo_process`` starts, asks and kills them
``pair``          a mailbox in Odoo and its account on the server, and whether the two are equal
``server_side``   what an independent client reads and does there
``mails``         mail to fill accounts with
"""

import pytest

# Their assertions tell what differs, too.
pytest.register_assert_rewrite("engine.pair", "engine.odoo_process", "engine.seeds", "engine.server_side")
