def migrate(cr, version):
    """Messages imported before the sync went both ways lie on the server where Odoo shows them."""
    cr.execute(
        """
        UPDATE comm_message AS message
           SET server_folder_id = message.folder_id
          FROM comm_folder AS folder
          JOIN comm_mailbox AS mailbox ON mailbox.id = folder.mailbox_id
         WHERE folder.id = message.folder_id
           AND message.server_folder_id IS NULL
           AND mailbox.kind = 'imap'
           AND folder.is_local IS NOT TRUE
           AND folder.path IS NOT NULL
        """
    )
