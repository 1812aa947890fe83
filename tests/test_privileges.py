# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who owns what is made under .dev."""

import os
import pwd

import pytest

from tools import privileges


def test_a_file_that_vanished_needs_no_owner(tmp_path):
    there, link = tmp_path / "there", tmp_path / "link"
    there.touch()
    # Not what it points at, which is not there.
    link.symlink_to(tmp_path / "nowhere")
    user = pwd.getpwuid(os.geteuid())
    privileges.give([os.fsencode(path) for path in (there, tmp_path / "gone", link)], user)
    assert {path.name for path in tmp_path.iterdir()} == {"there", "link"}


def test_another_failure_is_told(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NotADirectoryError):
        privileges.give([os.fsencode(file / "below")], pwd.getpwuid(os.geteuid()))
