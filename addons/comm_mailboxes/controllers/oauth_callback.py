from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..models.comm_mailbox_oauth_sign_in import CALLBACK
from ..protocol.errors import ProtocolError

_ANSWER = ("code", "state", "error", "error_description", "client_info", "session_state")
# A code is longer than most things, but not endless.
_LONGEST = 8192


class OauthCallback(http.Controller):
    # Public: who is not logged in here (any more) gets a page that says so, and no log-in page with the code in its address.
    @http.route(CALLBACK, type="http", auth="public", methods=["GET"], readonly=False, sitemap=False)
    def callback(self, **query):
        """Where the provider sends the browser back to. The state says which sign-in this is; it is good once."""
        answer = {name: query[name][:_LONGEST] for name in _ANSWER if isinstance(query.get(name), str)}
        _ = request.env._
        user = request.env.user
        if user._is_public():
            return self._failed(_("You are not logged in to Odoo here. Log in, open the mailbox and sign in again."))
        # sudo: nobody has a right on that table; the attempt is found only by who began it, in the browser where he did.
        attempt = request.env["comm.oauth.attempt"].sudo()._find(answer.get("state", ""), "code", user)
        if not attempt:
            return self._failed(
                _(
                    "This sign-in was not begun here, was finished already, took longer than ten minutes, or the settings of"
                    " the mailbox were changed since. Open the mailbox and sign in again."
                )
            )
        mailbox = attempt.mailbox_id.with_env(request.env)
        page = attempt.return_to or f"/odoo/comm.mailbox/{mailbox.id}"
        if not attempt._use_up():
            return self._failed(_("This sign-in was finished already."), page)
        try:
            mailbox._finish_by_code(attempt, answer)
        except ProtocolError as error:
            return self._failed(mailbox._explain_sign_in(error), page)
        except (AccessError, UserError) as error:
            return self._failed(str(error), page)
        return self._private(request.redirect(page, local=True))

    def _failed(self, reason, page="/odoo"):
        values = {"reason": reason, "page": page}
        return self._private(request.render("comm_mailboxes.oauth_failed", values, status=400))

    def _private(self, response):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
