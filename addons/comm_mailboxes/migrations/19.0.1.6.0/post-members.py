from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Folders made by hand for all, which everybody saw and which took no mail, stay visible to everybody."""
    folders = api.Environment(cr, SUPERUSER_ID, {})["comm.folder"]
    domain = [("is_local", "=", True), ("mailbox_id", "=", False), ("user_id", "=", False), ("member_ids", "=", False)]
    folders.search(domain)._give_usual_members()
