"""Every text of the addons stands in their .pot, so that translators find it."""

import io
import re
from pathlib import Path

import polib
import pytest

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name
from odoo.tools.translate import trans_export

ADDONS = Path(__file__).parents[1] / "addons"


@pytest.mark.parametrize(
    "addon", [manifest.parent for manifest in sorted(ADDONS.glob("*/__manifest__.py"))], ids=lambda folder: folder.name
)
def test_template_is_up_to_date(addon):
    # given the texts that Odoo finds in the sources and in the database
    exported = io.BytesIO()
    with Registry(get_db_name()).cursor() as cr:
        trans_export(None, [addon.name], exported, "po", api.Environment(cr, SUPERUSER_ID, {}))
    wanted = {entry.msgid for entry in polib.pofile(exported.getvalue().decode())}

    # then the file that translators work from has exactly those
    known = {entry.msgid for entry in polib.pofile(str(addon / "i18n" / f"{addon.name}.pot"))}
    assert known == wanted, "run ./dev i18n, then fill in what it reports as missing"


# What the same English word means twice: the folder and what is done with a message, a parent among folders or in general.
ANOTHER_MEANING = {"Archive", "Child", "Parent", "Working"}


def german(addon):
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(ADDONS / addon / "i18n" / "de.po"))}


def test_both_addons_say_the_same_in_german():
    mailboxes, folders = german("comm_mailboxes"), german("comm_folders")
    different = {text for text in mailboxes.keys() & folders.keys() if mailboxes[text] != folders[text]}
    assert different == ANOTHER_MEANING


@pytest.mark.parametrize("addon", ["comm_mailboxes", "comm_folders"])
@pytest.mark.parametrize(
    ("other_word", "word"),
    [
        ("abhol|abgeholt", "abrufen"),
        ("ennzeichn", "markieren"),
        ("Besitzer", "Eigentümer"),
    ],
)
def test_one_thing_has_one_word_in_german(addon, other_word, word):
    wrong = [text for text in german(addon).values() if re.search(other_word, text)]
    assert not wrong, f"the word here is “{word}”"
