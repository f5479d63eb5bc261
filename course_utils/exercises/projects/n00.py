"""The project of notebook 00, Start here: sentences that a network has never seen the like of.
Two invented sentences for each desk, plain ones and harder ones."""

from collections.abc import Callable

from course_utils.exercises.projects import Refused, project

SENTENCES = [
    ("Etat", "Der Sender verschiebt die neue Serie, weil der Moderator zur Konkurrenz wechselt."),
    ("Etat", "Die Tageszeitung verliert Anzeigen und legt zwei Redaktionen zusammen."),
    ("Inland", "Die Landeshauptfrau will mit der ÖVP über eine neue Koalition verhandeln."),
    ("Inland", "Im Nationalrat streiten die Parteien über das Budget der Ministerin."),
    ("International", "Der Präsident droht dem Nachbarland mit Truppen an der Grenze."),
    ("International", "Nach den Wahlen im Süden des Landes melden Rebellen neue Kämpfe."),
    ("Kultur", "Die Sopranistin sang im zweiten Akt, als stünde sie allein auf der Bühne."),
    ("Kultur", "Der Roman erzählt von einem Maler, dessen Bilder niemand sehen will."),
    ("Panorama", "Ein Autofahrer kam von der Straße ab und wurde schwer verletzt."),
    ("Panorama", "Die Polizei nahm nach dem Überfall auf einen Juwelier zwei Männer fest."),
    ("Sport", "Der Tormann hielt in der letzten Minute einen Elfmeter."),
    ("Sport", "Nach dem Sieg im Slalom führt sie die Wertung vor dem letzten Rennen an."),
    ("Web", "Das neue Smartphone bekommt ein Update, das eine Lücke im Browser schließt."),
    ("Web", "Nutzer klagen, dass die App nach dem Start abstürzt und Daten verschickt."),
    ("Wirtschaft", "Der Konzern streicht Stellen, weil Umsatz und Gewinn gesunken sind."),
    ("Wirtschaft", "Die Bank senkt ihre Prognose, und die Aktie verliert drei Prozent."),
    ("Wissenschaft", "Forscher fanden in der Höhle Knochen, die älter sind als der Mensch."),
    ("Wissenschaft", "Das Teleskop misst das Licht von Sternen, die längst erloschen sind."),
]


def right_sentences(desk_of: Callable) -> float:
    """How many of the sentences come to the right desk."""
    found = [desk_of(text) for _, text in SENTENCES]
    if not all(isinstance(one, str) for one in found):
        raise Refused("`desk_of` returns the name of a desk, such as 'Sport'.")
    return sum(one == desk for one, (desk, _) in zip(found, SENTENCES, strict=True))


@project(
    "start-desks",
    title="eighteen sentences",
    goal="""
        Two sentences were invented for each of the nine desks. Write `desk_of(text)`, which names
        the desk; as a beginning, ask the network above: `as_numbers(text)`, `reader`, and
        the desk that leads after the last word. Then improve it: more rounds, another
        number of words, a larger state, two layers, or something that is no network at all.
        (Notebook 05 will tell you why eighteen sentences are too few to be sure of anything.)
        """,
    minutes=60,
    score=right_sentences,
    better="higher",
    unit=f"of {len(SENTENCES)}",
    target=14,
    baseline=11,
)
def desk_of(text):
    """text: one sentence; returns a desk, such as "Sport"."""
    return ...
