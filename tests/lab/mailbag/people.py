# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The people and companies of the demo mail: all invented, all under reserved domains."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    address: str
    company: str = ""
    # "Frau" or "Herr" before the name in a German letter.
    title: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()


def _staff(company: str, domain: str, *people: tuple[str, str, str, str]) -> tuple[Person, ...]:
    return tuple(Person(first, last, f"{box}@{domain}", company, title) for first, last, box, title in people)


OUR_COMPANY = "Holzwerk Brandt GmbH"
GERMAN_CUSTOMERS = (
    *_staff("Praxis Dr. Sörensen", "praxis-soerensen.example", ("Maike", "Sörensen", "maike", "Frau")),
    *_staff("Café Zum Süßen Löffel", "suesser-loeffel.example", ("Günther", "Weiß", "hallo", "Herr")),
    *_staff("Bäckerei Öztürk & Söhne", "baeckerei-oeztuerk.example", ("Ayşe", "Öztürk", "a.oeztuerk", "Frau")),
    *_staff("Familie Müller", "post.example", ("Jörg", "Müller", "joerg.mueller", "Herr")),
    *_staff("Kanzlei Groß & Jäger", "gross-jaeger.example", ("Franziska", "Jäger", "jaeger", "Frau")),
)
GERMAN_SUPPLIERS = (
    *_staff("Furnierkontor Süd", "furnierkontor.example", ("Anton", "Hölzl", "hoelzl", "Herr")),
    *_staff("Beschlag-Nord KG", "beschlag-nord.example", ("Łukasz", "Nowak", "l.nowak", "Herr")),
    *_staff("Spedition Weißgerber", "weissgerber.example", ("Käthe", "Weißgerber", "dispo", "Frau")),
)
ENGLISH_PARTNERS = (
    *_staff("Northfield Timber Ltd.", "northfield-timber.example", ("Peter", "Ashworth", "peter", "")),
    *_staff("Harbour Joinery", "harbour-joinery.example", ("Zoë", "Whitaker", "zoe.whitaker", "")),
    *_staff("Kestrel Hotels", "kestrel-hotels.example", ("Siobhán", "O'Neill", "s.oneill", "")),
    *_staff("Fjord Coatings AS", "fjord-coatings.example", ("Bjørn", "Lindqvist", "bjorn", "")),
)
COLLEAGUES = (
    Person("Ben", "Carter", "ben@lab.test", OUR_COMPANY, "Herr"),
    Person("Anna", "Berger", "anna@lab.test", OUR_COMPANY, "Frau"),
    Person("Rüdiger", "Voß", "werkstatt@lab.test", OUR_COMPANY, "Herr"),
)
_GERMAN_PROJECTS = (
    "Küche Müller",
    "Empfangstheke Sörensen",
    "Ladenbau Öztürk",
    "Bücherwand Jäger",
    "Tresen Süßer Löffel",
    "Einbauschrank Großmann",
    "Treppe Am Mühlbach",
)
_ENGLISH_PROJECTS = (
    "Kestrel lobby desk",
    "Harbour staircase",
    "oak panels for Leeds",
    "reception in Århus",
    "boathouse kitchen",
    "library shelving",
)


def owner(address: str) -> Person:
    """Who reads the mailbox, by its address."""
    for colleague in COLLEAGUES:
        if colleague.address == address:
            return colleague
    box = address.split("@", maxsplit=1)[0]
    if box == "info":
        return Person("Holzwerk Brandt", "", address, OUR_COMPANY)
    return Person(box.split(".")[0].capitalize(), "Brandt", address, OUR_COMPANY, "Frau")


class Deck:
    """Deals people and projects by chance, each once before any comes again."""

    def __init__(self, dice: random.Random):
        self._dice = dice
        self._left: dict[tuple, list] = {}

    def deal(self, cards: tuple):
        left = self._left.setdefault(cards, [])
        if not left:
            left.extend(self._dice.sample(cards, len(cards)))
        return left.pop()


class Scene(dict):
    """What one story is about: the values of the placeholders in its texts."""

    def __init__(self, dice: random.Random, deck: Deck, me: Person, story):
        german = story.language == "de"
        self.other = _partner(deck, story)
        self.colleague = deck.deal(tuple(person for person in COLLEAGUES if person.address != me.address))
        amount = dice.randrange(480, 28_000) + dice.choice((0, 0.5, 0.9))
        shown = f"{amount:,.2f}"
        super().__init__(
            me=me,
            other=self.other,
            colleague=self.colleague,
            dear=_salutation(me) if german else f"Dear {me.name if not me.last else me.first}",
            dear_other=_salutation(self.other) if german else f"Dear {self.other.first}",
            project=story.project or deck.deal(_GERMAN_PROJECTS if german else _ENGLISH_PROJECTS),
            number=dice.randrange(1000, 9999),
            amount=shown.translate(str.maketrans(",.", ".,")) + " €" if german else f"€{shown}",
            week=dice.randrange(2, 51),
            pieces=dice.randrange(4, 90),
            size=dice.randrange(60, 290),
            hour=dice.randrange(8, 16),
        )


def _partner(deck: Deck, story) -> Person:
    if story.stranger[1]:
        return Person(story.stranger[0], "", story.stranger[1])
    pools = {"customer": GERMAN_CUSTOMERS, "supplier": GERMAN_SUPPLIERS}
    pool = pools[story.other] if story.language == "de" else ENGLISH_PARTNERS
    if story.partner:
        return next(person for person in pool if person.last == story.partner)
    return deck.deal(pool)


def _salutation(person: Person) -> str:
    """How a German letter begins."""
    if not person.title:
        return "Guten Tag"
    return f"Sehr geehrte{'r' if person.title == 'Herr' else ''} {person.title} {person.last}"
