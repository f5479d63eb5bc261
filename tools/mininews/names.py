"""Who and where: persons, villages and towns of the newspaper, with the forms German needs.
They come from the lists in pools/gemeinsam.txt; only a name's genitive is made by a rule."""

from dataclasses import dataclass

PRONOUN = {  # gender -> er, ihm, ihn, sein (stem)
    "m": ("er", "ihm", "ihn", "sein"),
    "f": ("sie", "ihr", "sie", "ihr"),
    "n": ("es", "ihm", "es", "sein"),
}
ARTICLE = {
    "m": ("der", "des", "dem", "den"),
    "f": ("die", "der", "der", "die"),
    "n": ("das", "des", "dem", "das"),
}


def genitive(name: str) -> str:
    """Genitive of a name: Leitgöbs, but Moritz', Weiß'."""
    return name + ("'" if name[-1] in "sßxz" else "s")


def pronoun(gender: str, form: str) -> str:
    return PRONOUN[gender][("er", "ihm", "ihn", "sein").index(form)]


@dataclass
class Person:
    first: str
    last: str
    gender: str
    office: str = ""
    known: bool = False  # set at the first mention: from then on the surname is enough

    def form(self, form: str) -> str:
        if form in ("er", "ihm", "ihn", "sein"):
            return pronoun(self.gender, form)
        if form in ("n", "ng"):
            self.known = True
            return self.last if form == "n" else genitive(self.last)
        full = f"{self.first} {self.last}"
        if form == "voll":
            self.known = True
            return full
        text = self.last if self.known else f"{self.office} {full}".strip()
        self.known = True
        return genitive(text) if form == "g" else text

    forms = ("", "g", "n", "ng", "voll", "er", "ihm", "ihn", "sein")


@dataclass
class Place:
    name: str
    adjective: str
    gender = "n"

    def form(self, form: str) -> str:
        return {"": self.name, "g": genitive(self.name), "er": self.adjective}[form]

    forms = ("", "g", "er")


@dataclass
class Noun:
    """A noun phrase with its article in the four cases, and the short one for later mentions."""

    cases: tuple[str, str, str, str]
    gender: str
    short: "Noun | None" = None

    def form(self, form: str) -> str:
        if form in ("er", "ihm", "ihn", "sein"):
            return pronoun(self.gender, form)
        if form.startswith("k"):
            return (self.short or self).form(form[1:])
        if form == "o":
            return (
                self.cases[0].split(" ", 1)[1]
                if self.cases[0].split(" ")[0] in ("der", "die", "das")
                else self.cases[0]
            )
        return self.cases["ngda".index(form or "n")]

    forms = ("", "n", "g", "d", "a", "o", "k", "kg", "kd", "ka", "ko", "er", "ihm", "ihn", "sein")


def parse_noun(text: str) -> Noun:
    """`die Hollacher Molkerei | die Molkerei`, `der Verband, des Verbands`,
    four forms where an adjective bends,
    `0f Nordlicht Media, von Nordlicht Media` for a name without article."""
    if "|" in text:
        long, short = text.split("|", 1)
        noun = parse_noun(long)
        noun.short = parse_noun(short)
        return noun
    given = [part.strip() for part in text.split(",")]
    head, _, rest = given[0].partition(" ")
    if head in ("0m", "0f", "0n"):
        name = rest
        return Noun((name, given[1] if len(given) > 1 else genitive(name), name, name), head[1])
    gender = {"der": "m", "die": "f", "das": "n"}.get(head)
    if gender is None:
        raise ValueError(
            f"{text!r}: begin with der, die, das, or 0m, 0f, 0n for a name without article"
        )
    if len(given) == 4:
        return Noun((given[0], given[1], given[2], given[3]), gender)
    if gender == "f":
        if len(given) != 1:
            raise ValueError(
                f"{text!r}: a feminine noun takes one form, or all four if an adjective bends"
            )
        return Noun((f"die {rest}", f"der {rest}", f"der {rest}", f"die {rest}"), "f")
    if len(given) != 2 or not given[1].startswith("des "):
        raise ValueError(
            f"{text!r}: a masculine or neuter noun also needs its genitive: "
            "'der Verband, des Verbands'"
        )
    bare = given[1][4:]
    weak = bare.endswith("n") and not rest.endswith("n")  # der Konkurrent, des Konkurrenten
    oblique = bare if weak else rest
    article = ARTICLE[gender]
    return Noun(
        (
            given[0],
            given[1],
            f"dem {oblique}",
            f"{article[3]} {oblique if gender == 'm' else rest}",
        ),
        gender,
    )
