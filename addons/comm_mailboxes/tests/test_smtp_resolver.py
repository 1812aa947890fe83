"""Every level of the chain in every state: what is sent, and what "Which server?" says of it."""

import itertools
from collections import Counter
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from ..models import comm_smtp_resolver
from .common import long_running
from .sending import LEVELS, SendingCase

MAILBOXES = ("own", "shared", "default")
STATES = {
    **dict.fromkeys(MAILBOXES, ("absent", "present", "broken", "not allowed", "no server")),
    **dict.fromkeys(("personal_server", "company", "server"), ("absent", "present", "broken", "not allowed")),
    # absent: odoo.conf names none, so that localhost:25 sends
    "config": ("absent", "present", "broken"),
}
SENDS = ("present", "broken")


def sender_of(states):
    """Return what features.md 3.3 says: which level sends, and the mailbox that gives the address without a server."""
    address = None
    for level in MAILBOXES:
        if states[level] in SENDS:
            return level, None
        if states[level] == "no server":
            address = level
            break
    for level in ("personal_server", "company", "server"):
        # Somebody who has a mailbox for that address does not use a personal server of Odoo's for it.
        if states[level] in SENDS and not (address and level == "personal_server"):
            return level, address
    return ("localhost" if states["config"] == "absent" else "config"), address


def counts(states):
    """Tell whether a combination differs from the others: odoo.conf is asked only where nobody else sends."""
    return states["config"] == "present" or sender_of(states)[0] in ("config", "localhost")


def combinations(*, every):
    """Yield the product, or a choice of it: all pairs, and those where one level alone decides."""
    if every:
        for values in itertools.product(*STATES.values()):
            states = dict(zip(STATES, values, strict=True))
            if counts(states):
                yield states
    else:
        seen = set()
        for states in (*deciding(), *pairwise()):
            if (key := tuple(states.values())) not in seen:
                seen.add(key)
                yield states


def deciding():
    """Each level in each state, those above absent or not allowed, and those below present."""
    for above in ("absent", "not allowed"):
        for number, (level, values) in enumerate(STATES.items()):
            for state in values:
                states = {name: above if name != "config" else "present" for name in list(STATES)[:number]}
                yield {**states, level: state, **dict.fromkeys(list(STATES)[number + 1 :], "present")}


def pairwise():
    """Every pair of states of two levels, in few combinations: the greedy way."""
    open_pairs = {
        ((one, state), (other, value))
        for one, other in itertools.combinations(STATES, 2)
        for state, value in itertools.product(STATES[one], STATES[other])
    }
    while open_pairs:
        states = dict(min(open_pairs))
        for level in STATES:
            if level not in states:
                gain = Counter(
                    {
                        value: sum(
                            tuple(sorted(((level, value), known), key=lambda pair: list(STATES).index(pair[0])))
                            in open_pairs
                            for known in states.items()
                        )
                        for value in STATES[level]
                    }
                )
                states[level] = gain.most_common(1)[0][0]
        states = {level: states[level] for level in STATES}
        open_pairs -= set(itertools.combinations(states.items(), 2))
        yield states


class ResolverCase(SendingCase):
    def make(self, level, state):
        """Bring a level of the chain into a state."""
        if level == "config":
            self.set_odoo_conf(state)
        elif state != "absent":
            make = {
                "own": self.make_own,
                "shared": self.make_shared_smtp,
                "default": self.make_default,
                "personal_server": self.make_personal_server,
                "company": self.make_company,
                "server": self.make_server,
            }[level]
            record = make(**({"access": "read"} if (level, state) == ("shared", "not allowed") else {})).sudo()
            if state == "broken":
                record["smtp_port" if "server" in level else "port"] = self.closed_port
            elif state == "no server":
                record.host = False
            elif state == "not allowed" and level != "shared":
                self.forbid(level, record)

    def forbid(self, level, record):
        if level in ("own", "default", "server"):
            record.active = False
        elif level == "personal_server":
            record.owner_user_id = self.ben
        else:
            record.from_filter = "other.example"

    def set_odoo_conf(self, state):
        level = "localhost" if state == "absent" else "config"
        port = self.closed_port if state == "broken" else self.receivers[level].port
        config.options["smtp_port"] = port
        # Port 25 is for root: in its place stands the receiver of that level.
        comm_smtp_resolver.DEFAULT_SERVER = ("127.0.0.1", self.receivers["localhost"].port)

    def check_all(self):
        sent = Counter()
        with patch.object(comm_smtp_resolver, "DEFAULT_SERVER", None):
            for states in combinations(every=False):
                with self.subTest(states), self.undone():
                    sent[self.check(states)] += 1
        self.assertEqual(set(sent), {*LEVELS, "config", "localhost"})

    def check(self, states):
        for level, state in states.items():
            self.make(level, state)
        self.check_decision(states)
        return self.check_sent(states)

    def check_decision(self, states):
        self.check_explanation(self.resolve(), *sender_of(states))

    def check_sent(self, states):
        expected, address = sender_of(states)
        mail = self.make_mail()
        route = self.resolve()
        self.run_queue(mail)
        broken = states.get(expected) == "broken"
        self.assertEqual(self.came_through(), [] if broken else [expected], mail.comm_route)
        self.assertEqual(mail.state, "exception" if broken else "sent", mail.failure_reason)
        if broken and expected in (*MAILBOXES, "company"):
            self.assertIn(str(self.closed_port), mail.failure_reason)
        if self.env["comm.smtp.resolver"]._is_used():
            self.check_log(mail, route, expected, address)
        return expected

    def check_explanation(self, route, expected, address):
        """What sends and what gives its address are the steps taken; each other one says why it was not."""
        text = route.explanation()
        self.assertEqual(route.via, expected, text)
        self.assertEqual([step.level for step in route.steps if step.taken], [*filter(None, [address]), expected], text)
        self.assertEqual([step.level for step in route.steps], [*STATES, "localhost"], text)
        self.assertTrue(all(step.reason for step in route.steps), text)
        for step in route.steps[[step.level for step in route.steps].index(expected) + 1 :]:
            self.assertEqual(step.reason, "Not asked: decided already.", text)

    def check_log(self, mail, route, expected, address):
        """The mail keeps the same chain. (Of a mailbox it says besides that it was chosen when the mail was written.)"""
        logged = [line[2:] for line in mail.comm_route.splitlines() if line.startswith("→")]
        reasons = [step.reason for step in route.steps if step.taken]
        self.assertEqual(len(logged), len(reasons))
        if route.mailbox:
            self.assertEqual(mail.comm_mailbox_id.name, (address or expected).capitalize())
            self.assertTrue(logged[0].startswith(reasons[0].partition(" It has no server")[0]), (logged, reasons))
        self.assertEqual(logged[bool(route.mailbox) :], reasons[bool(route.mailbox) :])


@tagged("post_install", "-at_install")
class TestSmtpResolver(ResolverCase):
    def test_what_decides_goes_where_the_explanation_says(self):
        """Given each level in each state, the first usable one sends; broken ones fail and are not passed over."""
        self.check_all()

    def test_the_choice_holds_every_pair(self):
        chosen = list(combinations(every=False))
        pairs = {pair for states in chosen for pair in itertools.combinations(states.items(), 2)}
        wanted = sum(len(STATES[one]) * len(STATES[other]) for one, other in itertools.combinations(STATES, 2))
        self.assertEqual(len(pairs), wanted)
        self.assertLess(len(chosen), 120)


@long_running
@tagged("post_install", "-at_install")
class TestSmtpResolverEvery(ResolverCase):
    """The whole product: each is decided, and of each so many one is really sent."""

    # No multiple of how many states a level has: all of them are among those that are sent.
    SENT = 13

    def test_every_combination_goes_where_the_explanation_says(self):
        self.decided, self.sent = 0, Counter()
        with patch.object(comm_smtp_resolver, "DEFAULT_SERVER", None):
            self.walk({})
        self.assertEqual(self.decided, sum(1 for _states in combinations(every=True)))
        self.assertEqual(set(self.sent), {*LEVELS, "config", "localhost"})

    def walk(self, states):
        """Bring the next level into each of its states, and go on from there: what lies above is made once."""
        level = list(STATES)[len(states)]
        for state in STATES[level]:
            if level != "config":
                with self.undone():
                    self.make(level, state)
                    self.walk({**states, level: state})
            elif counts(whole := {**states, level: state}):
                with self.subTest(whole):
                    self.look_at(whole)

    def look_at(self, states):
        self.set_odoo_conf(states["config"])
        self.decided += 1
        self.check_decision(states)
        if self.decided % self.SENT == 0:
            with self.undone():
                self.sent[self.check_sent(states)] += 1
