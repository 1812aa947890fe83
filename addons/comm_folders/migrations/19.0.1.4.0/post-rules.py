from odoo import SUPERUSER_ID, api
from odoo.tools.convert import convert_file


def migrate(cr, version):
    """Places of folders made for all are seen by the members of the folders now, not by everybody.

    The rules are not updated by themselves: they stand below ``noupdate``.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    everybody = env.ref("comm_folders.rule_folder_shared_read", raise_if_not_found=False)
    if everybody:
        everybody.unlink()
    convert_file(env, "comm_folders", "security/comm_folders_rules.xml", {}, mode="init")
