# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Our reading of winmail.dat beside that of tnefparse, written by others, over every stream of the corpus it can read."""

import email
import logging

import pytest
import tnefparse

from odoo.addons.comm_mailboxes.protocol import mime_tnef
from odoo.addons.comm_mailboxes.tests.mime_corpus import winmail

# What tnefparse reads otherwise, and why
OTHERWISE = {
    "a document within winmail.dat": "it keeps the id of the interface, and cuts NULs off the end of files",
    "a message within winmail.dat": "it leaves the message in TNEF",
    "names within winmail.dat": "it knows no extensions apart from names",
    "winmail.dat whose second file begins with its name": "it takes both for one",
    "winmail.dat in Cyrillic": "it takes short names for UTF-8",
    "winmail.dat of a code page that is none": "it raises",
    "twelve messages within winmail.dat": "it leaves the message in TNEF",
}


def streams():
    for mail in winmail.mails():
        for part in email.message_from_bytes(mail.raw).walk():
            content = part.get_payload(decode=True) or b""
            if content.startswith(mime_tnef.SIGNATURE) and not mail.expected.get("defects"):
                yield pytest.param(mail.name, content, id=mail.name)


@pytest.mark.parametrize(("name", "content"), list(streams()))
def test_same_files_and_text(name, content):
    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    ours = mime_tnef.read(content)
    try:
        theirs = tnefparse.TNEF(content)
        files = [(file.long_filename(), file.data) for file in theirs.attachments]
    except (LookupError, UnicodeDecodeError):
        assert name in OTHERWISE
        return
    same = files == [(file.name, file.content) for file in ours.files]
    assert same == (name not in OTHERWISE)
    if isinstance(theirs.body, str):
        assert theirs.body == ours.text
    if isinstance(theirs.htmlbody, str):
        assert theirs.htmlbody == ours.html
