from . import test_bulk
from . import test_hoot
from . import test_message_page
from . import test_rights_matrix
from . import test_structure_entry
from . import test_structure_rights
from . import test_tour
from . import test_tree
