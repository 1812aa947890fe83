# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The pages that the lab's identity server shows to people."""

_FRAME = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Lab sign-in</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:24em;margin:3em auto;padding:0 1em}
label{display:block;margin:.8em 0}input:not([type=hidden]){display:block;width:100%%;font:inherit;padding:.4em}
button{font:inherit;padding:.4em 1em}
</style></head><body><h1>Lab sign-in</h1>CONTENT</body></html>"""

FORM = _FRAME.replace(
    "CONTENT",
    """<p>This is the identity server of the lab. The accounts are those of its mail server.</p>
<form method="post" action="%(action)s">%(hidden)s
<label>Account <input name="account" value="%(account)s" autocomplete="off"></label>
<label>Password <input name="password" type="password" autocomplete="off"></label>
<button name="sign_in" value="1">Sign in</button> <button name="cancel" value="1">Cancel</button></form>""",
)
MESSAGE = _FRAME.replace("CONTENT", """<p class="message">%(text)s</p>""")
