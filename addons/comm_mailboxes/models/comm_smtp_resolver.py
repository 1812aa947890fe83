from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import config, email_domain_extract, email_domain_normalize, email_normalize, ormcache

from ..sending.route import LEVELS, Route

# What smtp_server and smtp_port of odoo.conf are when nobody sets them.
DEFAULT_SERVER = ("localhost", 25)


class CommSmtpResolver(models.AbstractModel):
    """Decides which server sends a mail, and says why. Everything that Odoo sends asks here, and nowhere else.

    The chain (features.md 3.3): (a) the author's own SMTP mailbox with that From, a shared one with it that the author may
    use, their default one when the From is their own user address, a personal server of Odoo's kind; (b) the company's
    outgoing mailbox; (c) Odoo's outgoing mail servers, then smtp_* of odoo.conf; (d) localhost.
    """

    _name = "comm.smtp.resolver"
    _description = "Which server sends"

    @api.private
    def resolve(self, email_from, author=None, company=None, mailbox=None, server=None, servers=None, refusal=None):
        """Return the :class:`Route` of a mail.

        :param email_from: the From, with or without a name
        :param author: ``res.users``, or a ``res.partner`` that has a user; nobody: the system itself sends
        :param company: asked for its setting; by default the author's, else the current one
        :param mailbox: the ``comm.mailbox`` that the author chose: it sends or nothing does (see ``Route.refusal``)
        :param server: the ``ir.mail_server`` that a template or document names
        :param servers: those of Odoo's servers that may be used (by default the public ones and the author's)
        :param refusal: what ``why_not_under`` said of the From where the caller knows better who chose it; by default it
            is the author

        The sentences are in the language of ``self.env``.
        """
        # sudo: whoever sends need not be able to read servers and the mailboxes of the company.
        if refusal is None and (server or not (mailbox and mailbox.sudo().host)):
            user = author.user_ids[:1] if author and author._name == "res.partner" else author
            sender = None if server else mailbox or self.choose_mailbox(email_from, author)
            refusal = self.why_not_under(email_from, user, company, sender)
        return self.sudo()._resolve(email_from, author, company, mailbox, server, servers, refusal)

    @api.private
    def choose_mailbox(self, email_from, author):
        """Return the mailbox of ``author`` (own, shared, default) that mail of this From goes through, or an empty one."""
        route = self.sudo()._new_route(email_from, author, None)
        self.sudo()._ask_mailboxes(route)
        return route.mailbox

    @api.private
    def _through(self, mailbox):
        """Return the route through ``mailbox`` itself, for its check: whoever may check it need not write with it."""
        mailbox = mailbox.sudo()
        route = self.sudo()._new_route(mailbox.email, mailbox.user_id, mailbox.company_id)
        reason = self.env._("This is the server of “%s” itself.", mailbox.name)
        self._take(route, self._level_of(mailbox, route.author), mailbox, reason)
        return route

    @api.model
    @ormcache()
    def _is_used(self):
        """Whether there is anything of ours to ask. Where not, Odoo sends as if this addon were not there."""
        # Archived ones too: mail written with one of them is refused. A company's without a server sends nothing. One that
        # only fetches has an address that others do not write under.
        mailboxes = self.env["comm.mailbox"].sudo().with_context(active_test=False)
        theirs = Domain("scope", "!=", "company") & (Domain("kind", "=", "smtp") | Domain("email", "!=", False))
        ours = theirs | (Domain("scope", "=", "company") & Domain("host", "!=", False))
        return bool(mailboxes.search_count(ours, limit=1))

    def _new_route(self, email_from, author, company):
        user = self._user_of(author)
        company = company or user.company_id or self.env.company
        nothing = self.env["comm.mailbox"]
        return Route(
            self.env,
            email_from or "",
            user,
            company,
            mailbox=nothing,
            sender=nothing,
            server=self.env["ir.mail_server"],
            smtp_from=email_from or "",
        )

    def _resolve(self, email_from, author, company, mailbox, server, servers, refusal):
        route = self._new_route(email_from, author, company)
        if refusal and (server or not (mailbox and mailbox.host)):
            route.refusal, route.failure = refusal, "mail_from_invalid"
            route.note("own", refusal)
        elif server:
            self._ask_forced(route, server)
        elif mailbox:
            # In the language of the author, whatever that of who hands the mailbox over.
            self._ask_chosen(route, mailbox.with_env(self.env), refusal)
        else:
            self._ask_mailboxes(route)
        if servers is None:
            servers = self._servers_of(route.author)
        if not route.decided and not route.mailbox:
            self._ask_personal_server(route, servers)
        if not route.decided:
            self._ask_company(route)
        if not route.decided:
            self._ask_odoo(route, servers.filtered(lambda server: not server.owner_user_id))
        self._note_the_rest(route)
        return route

    @api.model
    def _user_of(self, author):
        """Return the user behind ``author``; none for OdooBot, for portal users and for whoever left."""
        if not author:
            return self.env["res.users"]
        users = author.user_ids if author._name == "res.partner" else author
        users = users.sudo().filtered(lambda user: user.active and not user.share and user.id != SUPERUSER_ID)
        return users.sorted("id")[:1]

    @api.model
    def _all_servers(self):
        # sudo: as Odoo's own search. They are few.
        return self.env["ir.mail_server"].sudo().search([("active", "=", True)], order="sequence, id")

    def _servers_of(self, author):
        servers = self._all_servers()
        if self.env["ir.config_parameter"].get_param("mail.disable_personal_mail_servers"):
            return servers.filtered(lambda server: not server.owner_user_id)
        return servers.filtered(lambda server: not server.owner_user_id or server.owner_user_id == author)

    # What was chosen before

    def _ask_forced(self, route, server):
        route.server, route.via = server.sudo(), "forced"
        route.note("forced", self.env._("“%s” is named by the template or document.", server.sudo().name), taken=True)

    def _ask_chosen(self, route, mailbox, refusal):
        """The author wrote this with ``mailbox``: it sends, or the author is told why it cannot."""
        _ = self.env._
        level = self._level_of(mailbox, route.author)
        if reason := self._why_not(mailbox, route.author):
            route.refusal = reason
        elif not self._may_stand(route, mailbox):
            route.refusal = _(
                "The address %(address)s is not that of “%(mailbox)s”. Choose a mailbox that has it.",
                address=route.email_from,
                mailbox=mailbox.name,
            )
        elif refusal:
            route.refusal, route.failure = refusal, "mail_from_invalid"
        if route.refusal:
            route.note(level, route.refusal)
        else:
            chosen = _("“%s” was chosen when the mail was written.", mailbox.name)
            self._take(route, level, mailbox, f"{self._reason_of(route, level, mailbox)} {chosen}")

    @api.model
    def _level_of(self, mailbox, author):
        if mailbox.scope != "personal":
            return "shared"
        own_address = email_normalize(author.email) if author else ""
        return "default" if mailbox.is_default and own_address != email_normalize(mailbox.email) else "own"

    @api.model
    def _may_stand(self, route, mailbox):
        """Whether the From is the mailbox' address, or the user address of its owner."""
        address = email_normalize(route.email_from)
        own = email_normalize(route.author.email) if mailbox.scope == "personal" else None
        return bool(address) and address in (email_normalize(mailbox.email), own)

    # (a) the author's mailboxes

    def _ask_mailboxes(self, route):
        _ = self.env._
        if not route.author:
            for level in ("own", "shared", "default"):
                route.note(level, _("No user of this Odoo wrote it: the system itself sends."))
            return
        address = email_normalize(route.email_from)
        self._ask_own(route, address)
        if not route.mailbox:
            self._ask_shared(route, address)
        if not route.mailbox:
            self._ask_default(route, address)

    def _with_address(self, address, domain):
        """Return the SMTP mailboxes of ``domain`` with that address, archived ones too."""
        if not address:
            return self.env["comm.mailbox"]
        found = (
            self.env["comm.mailbox"]
            .with_context(active_test=False)
            .search(Domain([("kind", "=", "smtp"), ("email", "ilike", address)]) & Domain(domain), order="id")
        )
        return found.filtered(lambda mailbox: email_normalize(mailbox.email) == address)

    def _ask_own(self, route, address):
        _ = self.env._
        own = self._with_address(address, [("scope", "=", "personal"), ("user_id", "=", route.author.id)])
        usable = own.filtered(lambda mailbox: not self._why_not(mailbox, route.author))
        usable = usable.sorted(lambda mailbox: (not mailbox.is_default, mailbox.id))
        if usable:
            self._take(route, "own", usable[0], self._reason_of(route, "own", usable[0]))
        elif own:
            route.note("own", self._why_not(own[0], route.author))
        else:
            route.note(
                "own",
                _(
                    "%(user)s has no SMTP mailbox with the address %(address)s.",
                    user=route.author.name,
                    address=route.email_from or "-",
                ),
            )

    def _ask_shared(self, route, address):
        _ = self.env._
        # Only those that the author can see: whether there are others is told to nobody.
        shared = self._with_address(
            address, Domain("scope", "=", "shared") & self.env["comm.mailbox"]._domain_accessible(route.author)
        )
        usable = shared.filtered(lambda mailbox: not self._why_not(mailbox, route.author))
        if usable:
            self._take(route, "shared", usable[0], self._reason_of(route, "shared", usable[0]))
        elif shared:
            route.note("shared", self._why_not(shared[0], route.author))
        else:
            route.note("shared", _("There is no shared mailbox with that address that %s may use.", route.author.name))

    def _ask_default(self, route, address):
        _ = self.env._
        default = (
            self.env["comm.mailbox"]
            .with_context(active_test=False)
            .search(
                [
                    ("kind", "=", "smtp"),
                    ("scope", "=", "personal"),
                    ("user_id", "=", route.author.id),
                    ("is_default", "=", True),
                ],
                limit=1,
            )
        )
        if not address or address != email_normalize(route.author.email):
            route.note(
                "default",
                _("The From is not %s's own user address, so the default mailbox is not asked.", route.author.name),
            )
        elif not default:
            route.note("default", _("%s has no default mailbox.", route.author.name))
        elif reason := self._why_not(default, route.author):
            route.note("default", reason)
        else:
            self._take(route, "default", default, self._reason_of(route, "default", default))

    def _reason_of(self, route, level, mailbox):
        """Return why this mailbox is the one of its level."""
        _ = self.env._
        names = {"name": mailbox.name, "user": route.author.name, "address": email_normalize(mailbox.email) or "-"}
        if level == "own":
            return _("“%(name)s” is %(user)s's own mailbox with the address %(address)s.", **names)
        if level == "shared":
            return _(
                "“%(name)s” is a shared mailbox with the address %(address)s, and %(user)s may write with it.", **names
            )
        return _("“%(name)s” is %(user)s's default mailbox.", name=mailbox.name, user=route.author.name)

    def _take(self, route, level, mailbox, reason):
        route.mailbox = mailbox
        if mailbox.host:
            route.sender, route.via = mailbox, level
        else:
            reason += " " + self.env._(
                "It has no server of its own: address and sent folder count, the server comes next."
            )
        route.note(level, reason, taken=True)

    def _why_not(self, mailbox, author):
        """Return why ``author`` cannot send with ``mailbox``, or ""."""
        _ = self.env._
        if not mailbox.active:
            return _("The mailbox “%s” is archived.", mailbox.name)
        if not author:
            return _("Whoever wrote with the mailbox “%s” is no active user any more.", mailbox.name)
        if not author.has_group("comm_mailboxes.group_user"):
            return _("%s may not use mailboxes any more. Ask your administrator for that right.", author.name)
        if not mailbox.filtered_domain(self.env["comm.mailbox"]._domain_accessible(author, "write")):
            return _(
                "%(user)s may not write with the mailbox “%(mailbox)s”. Ask its owner for the right.",
                user=author.name,
                mailbox=mailbox.name,
            )
        return mailbox.not_in_use or ""

    def _ask_personal_server(self, route, servers):
        _ = self.env._
        address = email_normalize(route.email_from)
        for server in servers.filtered("owner_user_id"):
            # Odoo refuses one that its owner has left behind (_check_forced_mail_server).
            in_use = server.active and server.owner_user_id.outgoing_mail_server_id == server
            if in_use and address and address == email_normalize(server.from_filter):
                route.server, route.via = server, "personal_server"
                route.note(
                    "personal_server", _("“%s” is the author's personal outgoing mail server.", server.name), taken=True
                )
                return
        route.note("personal_server", _("There is no personal outgoing mail server for that address."))

    # (b) the company

    def _ask_company(self, route):
        _ = self.env._
        company = route.company
        mailbox = self.env["comm.mailbox"].search([("scope", "=", "company"), ("company_id", "=", company.id)], limit=1)
        if not mailbox or not mailbox.host:
            route.note("company", _("%s has set no server for outgoing mail.", company.name))
            return
        if reason := mailbox.not_in_use:
            route.note("company", reason)
            return
        smtp_from = self._from_for(route, mailbox.from_filter)
        if not smtp_from:
            reason = _(
                "The From filter of %(company)s's outgoing mailbox (%(filter)s) does not let %(address)s pass.",
                company=company.name,
                filter=mailbox.from_filter,
                address=route.email_from or "-",
            )
            route.note("company", reason)
            return
        route.sender, route.via, route.smtp_from = mailbox, "company", smtp_from
        reason = _("%(company)s sends through %(host)s.", company=company.name, host=mailbox.host)
        route.note("company", self._with_from(route, reason), taken=True)

    def _from_for(self, route, from_filter):
        """Return the From that passes a filter, by the rules of ``ir.mail_server._find_mail_server``, or ""."""
        servers = self.env["ir.mail_server"]
        notifications = self._notifications_email()
        if not from_filter:
            return (route.email_from if route.mailbox else notifications) or route.email_from
        parts = servers._parse_from_filter(from_filter)
        for candidate in (route.email_from, notifications):
            address = email_normalize(candidate)
            domain = email_domain_extract(address) if address else None
            if address and (
                address in map(email_normalize, parts)
                or domain in (email_domain_normalize(part) for part in parts if "@" not in part)
            ):
                return candidate
        return ""

    def _notifications_email(self):
        servers = self.env["ir.mail_server"]
        return self.env.context.get("domain_notifications_email") or email_normalize(
            servers._get_default_from_address()
        )

    # (c), (d) Odoo's own ways

    def _ask_odoo(self, route, servers):
        _ = self.env._
        found, smtp_from = self.env["ir.mail_server"]._find_mail_server(route.email_from, servers)
        if route.mailbox and not (found and found.from_filter):
            # The address of a mailbox is never replaced, unless a filter demands it.
            smtp_from = route.email_from
        route.smtp_from = smtp_from or route.email_from
        if found:
            route.server, route.via = found, "server"
            reason = _("“%s” of Odoo's outgoing mail servers fits best.", found.name)
            route.note("server", self._with_from(route, reason), taken=True)
            return
        route.note("server", _("Odoo has no outgoing mail server that may be used."))
        address = (config["smtp_server"], config["smtp_port"])
        if address == DEFAULT_SERVER and not config["smtp_user"]:
            route.note("config", _("odoo.conf names no server."))
            route.via = "localhost"
        else:
            route.via = "config"
        reason = _("The server of odoo.conf is %(host)s, port %(port)s.", host=address[0], port=address[1])
        if route.via == "localhost":
            reason = _("Nobody named a server: %(host)s, port %(port)s.", host=address[0], port=address[1])
        route.note(route.via, self._with_from(route, reason), taken=True)

    def _with_from(self, route, reason):
        """Add to ``reason`` that the From is replaced, where it is."""
        if email_normalize(route.smtp_from) == email_normalize(route.email_from):
            return reason
        return reason + " " + self.env._("The mail goes out under %s.", route.smtp_from)

    def _note_the_rest(self, route):
        """Say of every level that was not asked why; in the order of the chain."""
        asked = {step.level: step for step in route.steps}
        reason = self.env._("Not sent: see above.") if route.refusal else self.env._("Not asked: decided already.")
        route.steps = []
        for level in LEVELS:
            if level in asked:
                route.steps.append(asked[level])
            elif level != "forced":
                route.note(level, reason)
