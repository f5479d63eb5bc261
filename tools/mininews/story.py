"""One story from one kind: roles are drawn once, so that names, scores and sums stay true,
then the slots are filled sentence by sentence in the order of the plan."""

import re
from dataclasses import dataclass
from random import Random

from .amounts import NUMBERS, total
from .names import Noun, Person, Place, parse_noun
from .pools import Kind, Pool, PoolError

CONTRACT = {
    ("von", "dem"): "vom",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("in", "dem"): "im",
    ("in", "das"): "ins",
    ("an", "dem"): "am",
    ("an", "das"): "ans",
    ("bei", "dem"): "beim",
}


@dataclass
class Choice:
    parts: list[str]
    value: int = 0

    def form(self, form: str) -> str:
        return self.parts[int(form or 1) - 1]


class World:
    """Draws persons, places and list entries; `split` hides a fifth of each list from training."""

    def __init__(self, pool: Pool, common: Pool, rng: Random, split: str = "test"):
        self.pool = pool
        self.common = common
        self.rng = rng
        self.split = split
        self.used: set[str] = set()

    def items(self, name: str) -> list[str]:
        items = self.pool.lists.get(name) or self.common.lists.get(name)
        if not items:
            raise PoolError(f"{self.pool.path.name}: there is no list {name!r}")
        if self.split == "train" and len(items) >= 5:
            return [item for i, item in enumerate(items) if (i * 7 + len(name)) % 5 != 0]
        return items

    def pick(self, name: str, distinct: bool = True) -> str:
        items = self.items(name)
        fresh = [item for item in items if item not in self.used] if distinct else items
        item = self.rng.choice(fresh or items)
        self.used.add(item)
        return item

    def surname(self) -> str:
        """A rare one is new to the reader: long tails are made where German makes them."""
        while True:
            name = self.pick("nachname_anfang", False) + self.pick("nachname_ende", False)
            if name not in self.used:
                self.used.add(name)
                return name

    def person(self, spec: list[str]) -> Person:
        before, _, office = " ".join(spec).partition(":")
        words = before.split()
        gender = next((w for w in words if w in ("m", "f")), None) or self.rng.choice("mf")
        offices = [part.strip() for part in office.split("/")]
        region = next((w for w in words if w not in ("m", "f")), "")
        if region:
            first = self.pick(f"vorname_{gender}_{region}")
            last = self.pick(f"nachname_{region}")
        else:
            first = self.pick(f"vorname_{gender}")
            last = self.surname()
        return Person(first, last, gender, offices[0 if gender == "m" or len(offices) == 1 else 1])

    def place(self, what: str) -> Place:
        if what == "ort":
            start = self.pick("ort_anfang")
            end = self.pick("ort_ende", False)
            name, adjective = [part.strip() for part in end.split("/")]
            return Place(start + name, start + adjective)
        name, adjective = [part.strip() for part in self.pick("stadt").split("/")]
        return Place(name, adjective)

    def noun(self, name: str) -> Noun:
        text = self.pick(name)
        if "{" in text:
            place = self.place("ort")
            text = text.replace("{@er}", place.adjective).replace("{@}", place.name)
            if "{@fam}" in text:
                text = text.replace("{@fam}", self.surname())
        return parse_noun(text)

    def draw(self, roles: dict, name: str, spec: list[str]):
        """The value of one role; the README names every form."""
        what, *rest = spec
        if what == "person":
            return self.person(rest)
        if what in ("ort", "stadt"):
            return self.place(what)
        if what in NUMBERS:
            return NUMBERS[what](self.rng, roles, rest)
        if what == "wahl":
            return Choice([self.rng.choice([part.strip() for part in " ".join(rest).split("|")])])
        if what == "liste":
            return Choice([part.strip() for part in self.pick(rest[0]).split("/")])
        if len(rest) == 2 and rest[0] in "+-":
            return total(roles, what, rest[0], rest[1])
        if len(spec) == 1:
            return self.noun(what)
        raise PoolError(f"{self.pool.path.name}: role {name} = {' '.join(spec)}: no such form")


def fill(template: str, roles: dict, rng: Random) -> str:
    """A variant with its alternatives chosen and roles filled in; sentences begin in capitals."""
    text = re.sub(r"\[([^\]]*)\]", lambda m: rng.choice(m[1].split("|")), template)

    def role(match):
        before = match[1] or ""
        body = match[2]
        name, _, options = body.partition("?")
        if options:
            gender = roles[name].gender
            forms = options.split("|")
            return before + forms[min("mfn".index(gender), len(forms) - 1)]
        name, _, form = body.partition(".")
        value = roles[name].form(form)
        first, _, rest = value.partition(" ")
        short = CONTRACT.get((before.strip().lower(), first))
        if short:
            return (short.capitalize() if before[0].isupper() else short) + " " + rest
        return before + value

    text = re.sub(r"(\b(?:[Vv]on|[Zz]u|[Ii]n|[Aa]n|[Bb]ei) )?\{([^}]*)\}", role, text)
    text = " ".join(text.split()).replace(" ,", ",")
    return START.sub(lambda m: m[1] + m[2].upper(), text)


START = re.compile(
    r"(^\"?|(?<=\"[.]) \"?|(?<=\d{4}[.]) |(?<=[^\W\d]{2}[.!?]) \"?|(?<=[.!?]\") \"?|: \")([a-zäöü])"
)
SENTENCE = re.compile(r"(?<!\bSt[.])(?<=[.!?])\"?\s+(?=[\"„A-ZÄÖÜ0-9])")


def sentences(text: str) -> list[str]:
    return [s.strip() for s in SENTENCE.split(text) if s.strip()]


@dataclass
class Story:
    """A filled kind: `lead` opens it, `body` follows in narrative order."""

    kind: Kind
    place: str
    kicker: str
    lead: str
    body: list[str]


def allowed(kind: Kind, slot_index: int, split: str) -> list[str]:
    """The variants that this part of the corpus may use: every fifth is kept for the test."""
    variants = kind.slots[slot_index].variants
    if split == "train" and len(variants) >= 3:
        kept = [v for i, v in enumerate(variants) if (i + slot_index * 3 + len(kind.name)) % 5 != 0]
        return kept or variants[:1]
    return variants


def length(text: str) -> int:
    return len(text.split())


def plan(kind: Kind, rng: Random, words: int) -> list[tuple[int, int]]:
    """Which slots to tell, and how many variants of each, for about `words` words in all."""
    typical = [sum(map(length, slot.variants)) / len(slot.variants) for slot in kind.slots]
    chosen = {i: 1 for i, slot in enumerate(kind.slots) if slot.what in ("kicker", "lead")}
    room = words - sum(typical[i] for i in chosen)
    groups = {
        what: [i for i, slot in enumerate(kind.slots) if slot.what == what]
        for what in ("then", "maybe", "many", "end")
    }
    rest = groups["maybe"] + [
        i for i in groups["many"] for _ in range(len(kind.slots[i].variants) // 2)
    ]
    rng.shuffle(rest)
    for i in groups["then"] + (groups["end"] if words > 120 else []) + rest:
        if room < typical[i] / 2:
            break
        chosen[i] = chosen.get(i, 0) + 1
        room -= typical[i]
    return sorted(chosen.items())


def tell(kind: Kind, world: World, seen: set[str], words: int) -> Story:
    """Draws the roles of a kind and tells it in about `words` words.

    `seen` holds the article's sentences so far."""
    rng = world.rng
    roles: dict = {}
    for name, spec in kind.roles.items():
        roles[name] = world.draw(roles, name, spec)
    place = roles["ort"].form("") if "ort" in roles else world.place("stadt").name
    story = Story(kind, place, "", "", [])
    persons = [v for v in roles.values() if isinstance(v, Person)]
    for index, wanted in plan(kind, rng, words):
        slot = kind.slots[index]
        variants = allowed(kind, index, world.split)[:]
        rng.shuffle(variants)
        for template in variants:
            known = [p.known for p in persons]
            text = fill(template, roles, rng)
            fresh = seen.isdisjoint(sentences(text))
            if fresh:
                seen.update(sentences(text))
                if slot.what == "kicker":
                    story.kicker = text
                elif slot.what == "lead":
                    story.lead = text
                else:
                    story.body.append(text)
                wanted -= 1
            if (
                slot.what == "kicker" or not fresh
            ):  # a kicker introduces nobody, and neither does a rejected text
                for person, before in zip(persons, known, strict=True):
                    person.known = before
            if not wanted:
                break
    return story
