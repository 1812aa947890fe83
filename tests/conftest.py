# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import Lab, shared_lab


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The mail server of this test run; take accounts of your own from it: `lab.account()`."""
    return shared_lab()
