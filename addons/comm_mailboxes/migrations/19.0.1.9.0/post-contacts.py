from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Mail that came before its sender became a contact is the contact's now."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT DISTINCT email_normalized FROM res_partner WHERE active AND email_normalized > ''")
    env["res.partner"]._link_messages({address for (address,) in cr.fetchall()})
