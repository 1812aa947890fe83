def migrate(cr, version):
    """Deletions for good that wait say where the server has the message: elsewhere it is not deleted any more."""
    cr.execute(
        """
        UPDATE comm_operation AS operation
           SET folder_id = message.server_folder_id
          FROM comm_message AS message
         WHERE message.id = operation.message_id AND operation.kind = 'expunge' AND operation.folder_id IS NULL
        """
    )
