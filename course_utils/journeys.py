"""Requests at a ticket office, written by a generator that knows the role of each city.
For the lesson on contextual embeddings: the same city is an origin, a destination or just a place.
"""

import random
import re
from collections.abc import Mapping, Sequence

ROLES = ["origin", "destination", "place"]
TAGS = ["O", *ROLES]  # O: no city


def _words(text: str) -> list[str]:
    return text.split()


CITIES = _words("""
Berlin Wien Hamburg München Graz Köln Zürich Linz Frankfurt Prag Salzburg Stuttgart Basel
Innsbruck Leipzig Rom Klagenfurt Dresden Bern Villach Hannover Paris Bregenz Nürnberg
Mailand Passau Bremen Budapest Dortmund Venedig Ulm Kiel Warschau Augsburg Genf Rostock
Freiburg London Mainz Kassel Brüssel Erfurt Regensburg Mannheim Würzburg Triest Luzern
Münster
""")
NEW_CITIES = _words("""
Kufstein Potsdam Lübeck Trier Bozen Jena Steyr Aachen Bamberg Dornbirn Konstanz Görlitz
Krems Chur Wels Leoben Lienz Speyer
""")


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


FRAMES = _lines("""
Ich suche {ticket} von {origin} nach {destination}.
Ich suche {ticket} nach {destination}, ab {origin}.
Nach {destination} möchte ich, und zwar ab {origin}.
Nach {destination} möchte ich {when}, und zwar von {origin} aus.
Gibt es {when} {ticket} von {origin} nach {destination}?
Gibt es {when} {ticket} nach {destination}, am liebsten ab {origin}?
Wann kommt {ride} aus {origin} in {destination} an?
Wann fährt {ride} nach {destination} in {origin} ab?
Fährt {ride}, der {when} in {origin} abfährt, bis {destination} durch?
In {origin} will ich {when} einsteigen, in {destination} aussteigen.
Aussteigen möchte ich in {destination}, einsteigen in {origin}.
{destination} ist mein Ziel, {origin} mein Start.
{origin} ist mein Start, {destination} mein Ziel.
Was kostet {ride} von {origin} nach {destination}?
Was kostet {ride} nach {destination}, wenn ich in {origin} einsteige?
Ich will {when} in {origin} losfahren und in {destination} ankommen.
Ich will {when} in {destination} ankommen und in {origin} losfahren.
Wie komme ich nach {destination}, wenn ich {when} in {origin} losfahre?
Ist das Hotel in {place} am Bahnhof?
Gibt es in {place} am Bahnhof ein Hotel?
Wie wird {when} das Wetter in {place}?
Ich suche {when} ein Zimmer in {place}.
Ich suche ein Hotel im Zentrum von {place}.
Hat der Bahnhof von {place} einen Aufzug?
Welche Museen hat {place}?
Wie groß ist {place}?
Ist {place} im Winter schön?
In {place} brauche ich {when} ein Zimmer.
Muss ich in {place} umsteigen?
Fährt {ride} von {origin} nach {destination} über {place}?
Fährt {ride} nach {destination} über {place}?
Ich fahre {when} von {origin} nach {destination} und muss in {place} umsteigen.
Ich brauche {ticket} von {origin} nach {destination} und ein Hotel in {place}.
Nach {destination} fahre ich über {place}.
Ab {origin} fliege ich {when}, das Hotel ist in {place}.
Hält {ride} nach {destination} auch in {place}?
Hält {ride} aus {origin} auch in {place}?
Ich möchte {when} ab {origin} fliegen.
Wann fährt {ride} in {origin} ab?
In {origin} geht es {when} los.
Ich starte {when} in {origin}.
Ist {ride} aus {origin} pünktlich?
Ich möchte {when} nach {destination}.
Wann kommt {ride} in {destination} an?
In {destination} will ich {when} ankommen.
Ich brauche {ticket} nach {destination}.
""")
NEW_FRAMES = _lines("""
Ich suche {when} ein Hotel in {place}.
Ich starte {when} in {origin} und möchte nach {destination}.
Nach {destination} möchte ich {when}, ab {origin}.
Gibt es {when} {ticket} ab {origin}?
Was kostet {ride} nach {destination} über {place}?
Hält {ride} von {origin} nach {destination} auch in {place}?
Muss ich in {place} umsteigen, wenn ich in {origin} einsteige?
Ich brauche {when} ein Zimmer in {place}.
Ich will {when} nach {destination} und muss in {place} umsteigen.
In {place} brauche ich {when} ein Hotel im Zentrum.
In {origin} geht es {when} los, in {destination} will ich ankommen.
Wie groß ist der Bahnhof von {place}?
""")
FILL = {
    "when": [
        "heute",
        "morgen",
        "übermorgen",
        "am Freitag",
        "am Montag",
        "nächste Woche",
        "morgen früh",
        "heute Abend",
    ],
    "ticket": [
        "einen Flug",
        "einen Zug",
        "einen Nachtzug",
        "einen Bus",
        "eine Verbindung",
        "eine Fahrkarte",
        "ein Ticket",
    ],
    "ride": ["der Zug", "der Nachtzug", "der Schnellzug", "der Bus"],
}
WORD = re.compile(r"\{\w+\}|\w+|[^\w\s]")

Request = tuple[list[str], list[str]]  # tokens, and a tag for each
Cities = Mapping[str, Sequence[str]]  # those that each role draws from


def request(frame: str, cities: Mapping[str, str], draw: random.Random) -> Request:
    """A frame with its gaps filled: a city that fills {origin} gets the tag origin."""
    tokens = []
    tags = []
    for piece in WORD.findall(frame):
        slot = piece[1:-1]
        if slot in ROLES:
            tokens.append(cities[slot])
            tags.append(slot)
        else:
            words = WORD.findall(draw.choice(FILL[slot])) if slot in FILL else [piece]
            tokens += words
            tags += ["O"] * len(words)
    return tokens, tags


def requests(n: int, frames: Sequence[str], cities: Cities, seed: int) -> list[Request]:
    """`n` requests, each with a frame and different cities for its roles, drawn with `seed`."""
    draw = random.Random(seed)
    found: list[Request] = []
    while len(found) < n:
        chosen = {role: draw.choice(cities[role]) for role in ROLES}
        if len(set(chosen.values())) == len(ROLES):
            found.append(request(draw.choice(frames), chosen, draw))
    return found


def any_role(cities: Sequence[str] = CITIES) -> dict[str, list[str]]:
    """Every city in every role."""
    return {role: list(cities) for role in ROLES}


def withheld(shown: bool) -> dict[str, list[str]]:
    """Each city lacks one role: for each role the cities that are shown in it, or those that are
    not."""
    return {
        role: [city for i, city in enumerate(CITIES) if (i % len(ROLES) != k) == shown]
        for k, role in enumerate(ROLES)
    }


def with_typos(requests: Sequence[Request], seed: int) -> list[Request]:
    """Two letters swapped in each city, the first one left alone."""
    draw = random.Random(seed)
    changed = []
    for tokens, tags in requests:
        pairs = zip(tokens, tags, strict=True)
        words = [word if tag == "O" else _typo(word, draw) for word, tag in pairs]
        changed.append((words, tags))
    return changed


def _typo(city: str, draw: random.Random) -> str:
    i = draw.choice([i for i in range(1, len(city) - 1) if city[i] != city[i + 1]])
    return city[:i] + city[i + 1] + city[i] + city[i + 2 :]
