from . import comm_structure_entry
from . import comm_structure_tree
from . import comm_mailbox
from . import comm_folder
