# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The English part of the demo mail."""

from .stories import Newsletter, Step, Story

STORIES = (
    Story(
        "en",
        "Quote request: {project}",
        (
            Step(
                "them",
                "{dear},\n\nwe are planning the {project} and liked the work you showed in Cologne. Could you "
                "quote for "
                "{pieces} metres of solid oak, oiled, delivered in week {week}?\n\nThis is the corner it is for:",
                ("inline",),
            ),
            Step(
                "me",
                "{dear_other},\n\nthank you for asking us. We can deliver in week {week}; please find our quote over "
                "{amount} attached.\n\nFreight is included, customs are not.",
                ("Quote {number}.pdf",),
            ),
            Step("them", "{dear},\n\nthat looks good. I will take it to the board on Friday and come back to you."),
        ),
        html=True,
        times=2,
    ),
    Story(
        "en",
        "Purchase order {number}",
        (
            Step(
                "them",
                "{dear},\n\nplease find our purchase order {number} over {amount}. Kindly confirm the delivery date.",
                ("PO-{number}.pdf", "PO-{number}.csv"),
            ),
            Step("me", "{dear_other},\n\nconfirmed for week {week}. The drawings follow by the end of the day."),
        ),
        is_flagged=True,
        times=2,
    ),
    Story(
        "en",
        "Invoice {number} from {other.company}",
        (
            Step(
                "them",
                "{dear},\n\nattached is invoice {number} for {amount}, due in 30 days. Our bank details have "
                "not changed; "
                "please call us if anybody tells you otherwise.",
                ("Invoice {number}.pdf",),
            ),
        ),
        folder="invoices",
        html=True,
        times=2,
    ),
    Story(
        "en",
        "Damaged panels in delivery {number}",
        (
            Step(
                "me",
                "{dear_other},\n\nthree of the {pieces} panels arrived with crushed edges (see photo). "
                "We need replacements by week {week}.",
                ("edge.png",),
            ),
            Step(
                "them",
                "{dear},\n\nso sorry about that – the strapping was too tight. Three new ones leave today, please keep "
                "the damaged ones for the haulier's insurance.",
            ),
            Step("me", "{dear_other},\n\nthey are here and perfect. Thank you for the quick help."),
        ),
        folder="supplier_en",
        partner="Ashworth",
        times=2,
    ),
    Story(
        "en",
        "Site visit {project}",
        (
            Step(
                "them",
                "{dear},\n\nmay I invite you to the site visit? Hard hats will be provided, coffee as well.",
                ("invite",),
            ),
            Step("me", "{dear_other},\n\nI will be there, and bring the samples."),
        ),
    ),
    Story(
        "en",
        "Can we move our call to {hour}:30?",
        (Step("them", "{dear},\n\nmy train is late, as ever. Half past {hour} would save me. Same number?"),),
        days=1,
    ),
    Story(
        "en",
        "Samples on their way",
        (
            Step(
                "them",
                "{dear},\n\nwe sent you six samples of the new matt coating today. It dries in two hours and survived "
                "our espresso test. The data sheet is attached.",
                ("Data sheet – matt coating.pdf", "colours.png"),
            ),
        ),
        flowed=True,
        days=6,
    ),
    Story(
        "en",
        "Drawings rev. C – {project}",
        (
            Step(
                "colleague",
                "Hi {me.first},\n\nrevision C is in. Changes: plinth 20 mm higher, sockets moved to the left, and the "
                "door opens the other way round. Please check the list before I order.",
                ("parts.csv", "notes.docx"),
            ),
            Step("me", "Checked, go ahead. Only the handles should be brass, not nickel."),
            Step("colleague", "Brass it is. Ordered."),
        ),
        folder="hotel",
        project="Kestrel lobby desk",
    ),
    Story(
        "en",
        "Thank you!",
        (
            Step(
                "them",
                "{dear},\n\nthe guests love it and so do we. You may use our name as a reference any "
                "time.\n\nCome by for dinner!",
            ),
        ),
        folder="archive",
        is_flagged=True,
    ),
    Story(
        "en",
        "Your mailbox is full",
        (Step("them", "Dear customer, confirm you password now or loose all mails: http://login.example/verify"),),
        folder="junk",
        stranger=("Mail Team", "team@login.example"),
        html=True,
    ),
    Story(
        "en",
        "Framework agreement {number}",
        (Step("them", "{dear},\n\nthe signed agreement for your files.", ("Agreement {number}.pdf",)),),
        folder="old",
    ),
    Story(
        "en",
        "Re-order veneer",
        (
            Step(
                "me", "{dear_other},\n\nplease send another {pieces} sheets of the walnut, same thickness as last time."
            ),
        ),
        folder="drafts",
    ),
)

NEWSLETTERS = (
    Newsletter(
        "en",
        "The Timber Post #{week}",
        ("The Timber Post", "post@northfield-timber.example"),
        "What grows and what it costs",
        (
            (
                "Oak is up again",
                "Prices for clear European oak rose by four per cent; short lengths stayed where they were.",
            ),
            ("Meet the sawyers", "Three generations, one bandsaw: how a family in the Dales cuts quarter-sawn boards."),
            ("Letters", "“My offcuts became a boat.” Send us yours, the best ones get a mug."),
        ),
    ),
    Newsletter(
        "en",
        "Fjord Coatings: two new matt colours",
        ("Fjord Coatings", "news@fjord-coatings.example"),
        "Matt, not flat",
        (("Skifer", "A dark grey with a hint of blue."), ("Sand", "Warm, light, and forgiving.")),
        times=1,
    ),
)
