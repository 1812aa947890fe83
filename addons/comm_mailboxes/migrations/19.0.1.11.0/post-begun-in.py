from odoo.tools import sql


def migrate(cr, version):
    """What the server may have done already was begun in the folder where it was to be done."""
    if sql.column_exists(cr, "comm_operation", "begun"):
        cr.execute("UPDATE comm_operation SET begun_in_id = folder_id WHERE begun AND folder_id IS NOT NULL")
