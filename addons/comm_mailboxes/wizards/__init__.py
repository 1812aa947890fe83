from . import comm_mailbox_new
from . import comm_mailbox_template_apply
from . import comm_mailbox_delete
