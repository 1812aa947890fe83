from . import attachment_link
from . import help
from . import mailbox_check
from . import message_body
from . import message_source
from . import oauth_callback
