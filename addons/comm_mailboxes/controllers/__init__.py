from . import mailbox_check
from . import message_body
