"""The project of notebook 00, Start here: sentences that a network has never seen the like of.
Two invented sentences for each desk: a plain one, and one that speaks of another desk, too."""

from collections.abc import Callable

from course_utils.exercises.projects import Refused, project

SENTENCES = [
    ("Etat", "Die Tageszeitung verliert Anzeigen und legt zwei Redaktionen zusammen."),
    ("Etat", "Das Finale sahen so viele Menschen, dass der Sender die Werbung teurer macht."),
    ("Inland", "Im Nationalrat streiten die Parteien über das Budget der Ministerin."),
    ("Inland", "Die Lehrer sollen im Herbst mehr verdienen, doch der Kanzler zögert."),
    ("International", "Nach den Wahlen im Süden des Landes melden Rebellen neue Kämpfe."),
    ("International", "Der Präsident sperrt das Netz, damit niemand Bilder der Proteste sieht."),
    ("Kultur", "Der Roman erzählt von einem Maler, dessen Bilder niemand sehen will."),
    ("Kultur", "Das Theater spart, und trotzdem wird im Herbst viermal Schiller gespielt."),
    ("Panorama", "Die Polizei nahm nach dem Überfall auf einen Juwelier zwei Männer fest."),
    ("Panorama", "Nach dem Spiel stürzte ein Fan auf dem Heimweg in die Donau."),
    ("Sport", "Der Tormann hielt in der letzten Minute einen Elfmeter."),
    ("Sport", "Der Verein schreibt Verluste und verkauft im Winter seinen besten Stürmer."),
    ("Web", "Nutzer klagen, dass die App nach dem Start abstürzt und Daten verschickt."),
    ("Web", "Gericht verbietet dem Konzern, Nachrichten seiner Kunden zu lesen."),
    ("Wirtschaft", "Die Bank senkt ihre Prognose, und die Aktie verliert drei Prozent."),
    ("Wirtschaft", "Die Chefin der Molkerei hofft auf einen heißen Sommer und auf viel Eis."),
    ("Wissenschaft", "Das Teleskop misst das Licht von Sternen, die längst erloschen sind."),
    ("Wissenschaft", "Kinder, die früh ein Instrument lernen, schlafen offenbar besser."),
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
        Two sentences were invented for each of the nine desks, and one of the two speaks of another
        desk, too. Write `desk_of(text)`, which names the desk; as a beginning, ask the network
        above: `as_numbers(text)`, `reader`, and the desk that leads after the last word. Then
        improve it: more rounds, another number of words, a larger state, two layers, or something
        that is no network at all. (Notebook 05 will tell you why eighteen sentences are too few to
        be sure of anything.)
        """,
    minutes=60,
    score=right_sentences,
    better="higher",
    unit=f"of {len(SENTENCES)}",
    target=14,
    baseline=12,
)
def desk_of(text):
    """text: one sentence; returns a desk, such as "Sport"."""
    return ...
