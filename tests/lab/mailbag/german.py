# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The German part of the demo mail."""

from .stories import Newsletter, Step, Story

STORIES = (
    Story(
        "de",
        "Anfrage: {project} – Maße und Termin",
        (
            Step(
                "them",
                "{dear},\n\nwir möchten das Vorhaben „{project}“ noch in diesem Jahr umsetzen. Die Wand ist "
                "{size} cm breit, "
                "die Höhe müssten Sie vor Ort prüfen.\n\nKönnen Sie uns bis KW {week} ein Angebot schicken? "
                "Ein Foto vom jetzigen Zustand füge ich ein:",
                ("inline",),
            ),
            Step(
                "me",
                "{dear_other},\n\nvielen Dank für Ihre Anfrage. Gern kommen wir zum Aufmaß vorbei; passt Ihnen "
                "Dienstag "
                "um {hour} Uhr?\n\nDas Angebot erhalten Sie zwei Tage danach.",
            ),
            Step(
                "them",
                "{dear},\n\nDienstag um {hour} Uhr passt sehr gut. Bitte klingeln Sie zweimal, der Hund ist "
                "freundlich.",
            ),
        ),
        html=True,
        is_flagged=True,
        times=2,
    ),
    Story(
        "de",
        "Angebot {number}: {project}",
        (
            Step(
                "me",
                "{dear_other},\n\nanbei unser Angebot {number} über {amount} für „{project}“. Es gilt sechs Wochen. "
                "Die Fronten sind in Eiche geölt gerechnet, Nussbaum kostet 12 % mehr.",
                ("Angebot {number}.pdf",),
            ),
            Step(
                "them",
                "{dear},\n\ndas Angebot gefällt uns. Zwei Fragen noch: Sind Griffe und Montage enthalten? Und "
                "ließe sich "
                "die Arbeitsplatte um 4 cm tiefer ausführen?",
            ),
            Step(
                "me",
                "{dear_other},\n\nja, beides ist enthalten. Die tiefere Platte kostet 180 € mehr; die geänderte "
                "Stückliste liegt bei.",
                ("Stückliste {project}.csv",),
            ),
            Step(
                "them",
                "{dear},\n\neinverstanden – hiermit erteilen wir den Auftrag. Die unterschriebene Fassung hängt an.\n\n"
                "Wir freuen uns!",
                ("Auftragsbestätigung {number}.pdf",),
            ),
        ),
        folder="offers",
        partner="Müller",
        project="Küche Müller",
        times=2,
    ),
    Story(
        "de",
        "Rechnung {number} – {project}",
        (
            Step(
                "them",
                "{dear},\n\nfür die Lieferung von {pieces} Paketen erlauben wir uns {amount} zu berechnen. "
                "Zahlbar innerhalb von 14 Tagen mit 2 % Skonto.\n\nDie Rechnung finden Sie im Anhang.",
                ("Rechnung-{number}.pdf", "Positionen {number}.csv"),
            ),
        ),
        folder="invoices",
        other="supplier",
        html=True,
        times=3,
    ),
    Story(
        "de",
        "Zahlungserinnerung zu Rechnung {number}",
        (
            Step(
                "them",
                "{dear},\n\nsicher ist es Ihrer Aufmerksamkeit entgangen: Unsere Rechnung {number} über "
                "{amount} ist noch "
                "offen. Sollte sich die Zahlung mit dieser Nachricht überschneiden, betrachten Sie sie als "
                "gegenstandslos.",
                ("Rechnung-{number}.pdf",),
            ),
        ),
        other="supplier",
        is_flagged=True,
        charset="iso-8859-15",
        days=10,
    ),
    Story(
        "de",
        "Reklamation: Schublade klemmt ({project})",
        (
            Step(
                "them",
                "{dear},\n\nleider klemmt seit gestern die unterste Schublade, und an der rechten Tür löst sich das "
                "Furnier. Auf dem Bild sieht man die Stelle.\n\nWann können Sie kommen? Es eilt, am Wochenende "
                "haben wir Gäste.",
                ("Schublade.png",),
            ),
            Step(
                "me",
                "{dear_other},\n\ndas tut uns leid. Herr Voß kommt am Donnerstag gegen {hour} Uhr und bringt "
                "einen neuen "
                "Auszug mit. Das Furnier bessern wir kostenlos nach.",
            ),
            Step("them", "Vielen Dank für die schnelle Hilfe! Alles läuft wieder wie geschmiert. 👍"),
        ),
        times=2,
    ),
    Story(
        "de",
        "Aufmaß und Pläne {project}",
        (
            Step(
                "colleague",
                "Hallo {me.first},\n\nhier das Aufmaß von heute. Vorsicht: Die Wand ist oben {pieces} mm aus dem Lot, "
                "und der Sockel muss wegen der Heizungsrohre höher werden.\n\nDie Skizze ist nur mit der Hand gemacht.",
                ("Aufmaß {project}.docx", "Skizze.png"),
            ),
        ),
        folder="plans",
        project="Küche Müller",
        times=2,
    ),
    Story(
        "de",
        "Liefertermin verschoben: Bestellung {number}",
        (
            Step(
                "them",
                "{dear},\n\nwegen eines Ausfalls der Presse verschiebt sich die Lieferung Ihrer Bestellung {number} "
                "auf KW {week}. Wir bitten um Entschuldigung und übernehmen die Expresskosten.",
            ),
            Step(
                "me",
                "{dear_other},\n\nKW {week} ist gerade noch möglich, später bitte nicht. Teillieferung wäre uns recht.",
            ),
            Step("them", "{dear},\n\ngut, die ersten {pieces} Platten gehen morgen auf den Wagen."),
        ),
        folder="supplier_de",
        other="supplier",
        flowed=True,
        times=2,
    ),
    Story(
        "de",
        "Einladung: Besprechung {project}",
        (
            Step(
                "colleague",
                "Hallo {me.first},\n\nlass uns die offenen Punkte durchgehen: Lüftung, Steckdosen, Übergabe. "
                "Ort: Büro im Obergeschoss.",
                ("invite",),
            ),
        ),
        days=3,
    ),
    Story(
        "de",
        "Kannst du bitte drüberschauen?",
        (
            Step(
                "colleague",
                "Hallo {me.first},\n\nder Kunde will die Front doch in Esche. Ich habe die Liste geändert, aber bei "
                "den Maßen bin ich unsicher: {size} oder {pieces} cm?\n\nReicht mir bis morgen früh.",
                ("Stückliste neu.csv",),
            ),
        ),
        days=2,
    ),
    Story(
        "de",
        "Fahrplan für {project}",
        (
            Step(
                "them",
                "{dear},\n\nder Maler ist ab KW {week} im Haus. Können Sie davor einbauen? Sonst wird es März.\n\n"
                "Rufen Sie mich gern an, am besten vor {hour} Uhr.",
            ),
        ),
        days=5,
        times=2,
    ),
    Story(
        "de",
        "Betriebsferien und Schlüssel",
        (
            Step(
                "colleague",
                "Hallo zusammen,\n\nvom 23. bis 31. ist die Werkstatt zu. Wer den Schlüssel braucht: Er liegt "
                "bei Käthe "
                "in der Spedition.\n\nBitte räumt vorher die Hobelbank auf und stellt die Absaugung ab.",
            ),
            Step("me", "Danke, ich bin am 27. trotzdem kurz da und nehme die Lieferung an."),
        ),
        folder="archive",
    ),
    Story(
        "de",
        "",
        (Step("them", "Kommen Sie heute noch? Ich bin bis {hour} Uhr im Laden.\n\nGesendet von unterwegs"),),
        days=1,
    ),
    Story(
        "de",
        "Entwurf Werkvertrag {project}",
        (
            Step(
                "me",
                "{dear_other},\n\nanbei der Entwurf; §§ 4 und 7 müssten wir noch abstimmen.",
                ("Werkvertrag {number}.docx",),
            ),
        ),
        folder="drafts",
    ),
    Story(
        "de",
        "Gratis-Gutschein für {me.first}!!!",
        (Step("them", "Sie haben GEWONNEN! Holen Sie sich Ihren Gutschein über 500 € ab. Nur heute."),),
        folder="junk",
        stranger=("Gewinn-Zentrale", "gewinn@gutschein.example"),
        html=True,
    ),
    Story(
        "de",
        "Alte Preisliste",
        (Step("them", "{dear},\n\nbitte vernichten, es gilt ab sofort die neue Liste.", ("Preisliste.csv",)),),
        folder="trash",
        other="supplier",
    ),
    Story(
        "de",
        "Abnahmeprotokoll {project}",
        (
            Step(
                "me",
                "{dear_other},\n\nwie besprochen das Protokoll der Abnahme. Es sind keine Mängel offen; die "
                "Pflegehinweise "
                "für geölte Flächen finden Sie auf Seite 2.",
                ("Abnahmeprotokoll.pdf", "Pflegehinweise.docx"),
            ),
        ),
        folder="sent",
    ),
    Story(
        "de",
        "Jahresgespräch Furniere",
        (Step("them", "{dear},\n\ndanke für das gute Gespräch. Ihr Rahmenrabatt beträgt künftig 7 %."),),
        folder="old",
        other="supplier",
    ),
)

NEWSLETTERS = (
    Newsletter(
        "de",
        "Holzbrief {week}: Räuchereiche, Öle und ein Rätsel",
        ("Holzbrief", "holzbrief@furnierkontor.example"),
        "Neues aus dem Furnierlager",
        (
            (
                "Räuchereiche wieder da",
                "Lange vergriffen, jetzt in drei Stärken: Räuchereiche aus Franken, gemessert und gebürstet.",
            ),
            (
                "Öl oder Lack?",
                "Wir haben beide Oberflächen ein Jahr lang mit Kaffee, Rotwein und Kinderhänden geprüft.",
            ),
            (
                "Rätsel des Monats",
                "Welches Holz schwimmt nicht? Unter allen Einsendungen verlosen wir einen Japanspachtel.",
            ),
        ),
    ),
)
