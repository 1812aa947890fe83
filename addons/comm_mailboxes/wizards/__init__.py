from . import comm_folder_delete
from . import comm_mailbox_delete
from . import comm_mailbox_new
from . import comm_mailbox_template_apply
from . import comm_smtp_question
from . import mail_compose_message
