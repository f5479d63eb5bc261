"""Checks the pools as an editor's assistant would: every template parses, every role has the form that is asked of it,
no double blanks, quotes closed, no empty slot, enough of everything."""

import re
from random import Random

from .names import Noun, Person, Place, parse_noun
from .pools import Pool
from .story import Choice, World, fill, sentences


def check_variant(text: str, kind, roles: dict, where: str) -> list[str]:
    faults = []
    if text.count('"') % 2:
        faults.append(f'{where}: an open quotation mark (use straight " on both sides)')
    if re.search("[„“”‚‘’]", text):
        faults.append(f"{where}: typographic quotes; use straight ones")
    if text.count("[") != text.count("]") or text.count("{") != text.count("}"):
        faults.append(f"{where}: an open bracket")
    if not re.search(r'[.!?]"?$', text):
        faults.append(f"{where}: does not end like a sentence: …{text[-30:]}")
    if " - " in text:
        faults.append(f"{where}: ' - ' should be ' – '")
    for body in re.findall(r"\{([^}]*)\}", text):
        name, _, options = body.partition("?")
        name, _, form = name.partition(".")
        if name not in roles:
            faults.append(f"{where}: {{{body}}}: kind {kind.name} has no role {name!r}")
        elif options and not isinstance(roles[name], Person | Noun | Place):
            faults.append(f"{where}: {{{body}}}: role {name} has no gender")
        elif form and not options:
            forms = (
                [str(i + 1) for i in range(len(roles[name].parts))]
                if isinstance(roles[name], Choice)
                else type(roles[name]).forms
            )
            if form not in forms:
                faults.append(
                    f"{where}: {{{body}}}: role {name} has no form {form!r}, but {', '.join(f for f in forms if f)}"
                )
    return faults


def lint(pools: list[Pool], common: Pool) -> list[str]:
    faults = []
    for pool in pools:
        starts: dict[str, str] = {}
        world = World(pool, common, Random(0))
        nouns = {
            spec[0] for kind in pool.kinds for spec in kind.roles.values() if len(spec) == 1
        } & set(pool.lists)
        for name in sorted(nouns):
            for item in pool.lists[name]:
                try:
                    parse_noun(item)
                except ValueError as error:
                    faults.append(f"{pool.path.name}: list {name}: {error}")
        for kind in pool.kinds:
            roles = {}
            try:
                for name, spec in kind.roles.items():
                    roles[name] = world.draw(roles, name, spec)
            except (ValueError, KeyError, IndexError, AttributeError) as error:
                faults.append(
                    f"{pool.path.name}: kind {kind.name}: role {name} = {' '.join(spec)}: {error}"
                )
                continue
            what = [slot.what for slot in kind.slots]
            if what.count("kicker") != 1 or what.count("lead") != 1:
                faults.append(f"{pool.path.name}: kind {kind.name}: needs one kicker and one lead")
            for slot in kind.slots:
                if len(slot.variants) < 3:
                    faults.append(
                        f"{pool.path.name}: kind {kind.name}: a slot {slot.what!r} with {len(slot.variants)} variants, at least 3"
                    )
                for text, line in zip(slot.variants, slot.lines):
                    where = f"{pool.path.name}:{line}"
                    found = check_variant(text, kind, roles, where)
                    faults += found
                    if text in starts:
                        faults.append(f"{where}: the same text as {starts[text]}")
                    starts[text] = where
                    if not found:
                        for seed in range(4):
                            result = fill(text, roles, Random(seed))
                            if re.search(
                                r"[\[\]{}|]|\s[,.;:!?](?!\w)|\.\.(?!\.)|,,", result
                            ) or not sentences(result):
                                faults.append(f"{where}: comes out as {result!r}")
                                break
    return faults
