from . import comm_structure_entry
from . import comm_structure_tree
from . import comm_mailbox
from . import comm_folder
from . import comm_folder_bulk
from . import comm_message_undo
from . import comm_message_compose
from . import res_users_settings_mailto
