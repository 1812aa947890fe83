# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an identity server quotes of a request, in every way in which servers write it."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from odoo.addons.comm_mailboxes.protocol.oauth import answers

QUOTED = "geheim<\"ä'&~?>/wort"


@pytest.mark.parametrize(
    "write",
    [
        str,
        quote_plus,
        html.escape,
        lambda text: json.dumps(text)[1:-1],
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: quote(html.escape(text), safe="").lower(),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    ],
)
def test_however_it_is_quoted_it_is_concealed(write):
    quoted = write(QUOTED)
    answer = {"error": "invalid_client", "error_description": f"The secret {quoted} is wrong", "trace": [{quoted: 1}]}
    found = answers.concealed(answer, {"client_secret": QUOTED, "client_id": "x"})
    assert found["error"] == "invalid_client"
    assert found["error_description"].replace("=", "") == "The secret *** is wrong"
    assert [{name.replace("=", "") for name in each} for each in found["trace"]] == [{"***"}]
