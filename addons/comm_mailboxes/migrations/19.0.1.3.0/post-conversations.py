from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Messages imported before there were conversations belong to one, too."""
    api.Environment(cr, SUPERUSER_ID, {})["comm.message"]._join_all_threads()
