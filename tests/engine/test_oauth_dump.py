# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who gets hold of a backup of the database, or of the log, cannot sign in with it."""

import base64
from urllib.parse import parse_qs, urlsplit

CLIENT_SECRET = "s3cret-of-the-application-4711"


def forms_of(secret):
    """How a dump may hold it: as text, as bytes, or somewhere within base64, as XOAUTH2 sends it."""
    raw = secret.encode()
    shifted = (base64.b64encode(b"\0" * shift + raw).decode() for shift in range(3))
    return [secret, raw.hex(), *(text[4:-4] for text in shifted)]


def test_a_dump_and_the_log_hold_nothing_to_sign_in_with(lab, odoo, signed_in):
    mailbox_id, worker = signed_in

    def call(method, *args):
        return worker.call("comm.mailbox", [mailbox_id], method, args, odoo.user_id)

    def rows(query):
        return worker.sql(query, [mailbox_id])

    # The first tokens are about to run out: this one renews and uses them.
    refreshes = lab.identity.book.refreshes
    assert all(step["ok"] for step in call("check_connection"))
    assert lab.identity.book.refreshes == refreshes + 1
    # Two sign-ins wait for their person, one of each way.
    state = parse_qs(urlsplit(call("oauth_begin")["address"]).query)["state"][0]
    key = call("oauth_begin_device")["key"]
    attempts = rows("SELECT id, way, ciphertext FROM comm_oauth_attempt WHERE mailbox_id = %s")
    flows = {way: worker.call("comm.oauth.attempt", [row_id], "_flow__") for row_id, way, _text in attempts}
    # Another secret of the application ends them: they are in this dump only.
    texts = {"dump with sign-ins": odoo.pg_dump()}
    call("write", {"client_secret": CLIENT_SECRET})
    issued = list(lab.identity.book.issued)
    assert {value[:3] for value in issued} >= {"ac.", "re.", "de."}
    assert flows["device"]["device_code"] in issued
    secrets = {
        "client secret": CLIENT_SECRET,
        "state": state,
        "key": key,
        "verifier": flows["code"]["code_verifier"],
        "nonce": flows["code"]["nonce"],
        **{f"{value[:3]} number {number}": value for number, value in enumerate(issued)},
    }
    texts |= {"dump with a client secret": odoo.pg_dump(), "log": odoo.log()}
    # It is the right database, with all that is to be hidden.
    kept = [text for (text,) in rows("SELECT ciphertext FROM comm_mailbox_secret WHERE mailbox_id = %s")]
    assert len(kept) == 2
    assert len(attempts) == 2
    assert all(text in texts["dump with sign-ins"] for _id, _way, text in attempts)
    assert all(text in texts["dump with a client secret"] for text in kept)
    assert "odoo" in texts["log"]
    found = [
        f"{what} in the {where}"
        for where, text in texts.items()
        for what, secret in secrets.items()
        if any(form in text for form in forms_of(secret))
    ]
    assert not found
