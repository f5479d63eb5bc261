"""Checks the pools as an editor's assistant would: every template parses, every role has its forms,
no double blanks, quotes closed, no empty slot, enough of everything."""

import re
from random import Random

from .names import Noun, Person, Place, parse_noun
from .pools import Kind, Pool, Slot
from .story import Choice, World, fill, sentences

SLIP = re.compile(r"[\[\]{}|]|\s[,.;:!?](?!\w)|\.\.(?!\.)|,,")


def check_variant(text: str, kind: Kind, roles: dict, where: str) -> list[str]:
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
        faults += [f"{where}: {{{body}}}: {fault}" for fault in check_blank(body, kind, roles)]
    return faults


def check_blank(body: str, kind: Kind, roles: dict) -> list[str]:
    name, _, options = body.partition("?")
    name, _, form = name.partition(".")
    if name not in roles:
        return [f"kind {kind.name} has no role {name!r}"]
    if options:
        bends = isinstance(roles[name], Person | Noun | Place)
        return [] if bends else [f"role {name} has no gender"]
    if isinstance(roles[name], Choice):
        forms = [str(i + 1) for i in range(len(roles[name].parts))]
    else:
        forms = type(roles[name]).forms
    if not form or form in forms:
        return []
    return [f"role {name} has no form {form!r}, but {', '.join(f for f in forms if f)}"]


def check_nouns(pool: Pool) -> list[str]:
    faults = []
    specs = [spec for kind in pool.kinds for spec in kind.roles.values()]
    nouns = {spec[0] for spec in specs if len(spec) == 1} & set(pool.lists)
    for name in sorted(nouns):
        for item in pool.lists[name]:
            try:
                parse_noun(item)
            except ValueError as error:
                faults.append(f"{pool.path.name}: list {name}: {error}")
    return faults


def check_kind(kind: Kind, pool: Pool, world: World, starts: dict[str, str]) -> list[str]:
    roles: dict = {}
    where = f"{pool.path.name}: kind {kind.name}"
    for name, spec in kind.roles.items():
        try:
            roles[name] = world.draw(roles, name, spec)
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            return [f"{where}: role {name} = {' '.join(spec)}: {error}"]
    faults = []
    what = [slot.what for slot in kind.slots]
    if what.count("kicker") != 1 or what.count("lead") != 1:
        faults.append(f"{where}: needs one kicker and one lead")
    for slot in kind.slots:
        if len(slot.variants) < 3:
            count = len(slot.variants)
            faults.append(f"{where}: a slot {slot.what!r} with {count} variants, at least 3")
        faults += check_slot(slot, kind, pool, roles, starts)
    return faults


def check_slot(
    slot: Slot, kind: Kind, pool: Pool, roles: dict, starts: dict[str, str]
) -> list[str]:
    faults = []
    for text, line in zip(slot.variants, slot.lines, strict=True):
        where = f"{pool.path.name}:{line}"
        found = check_variant(text, kind, roles, where)
        faults += found
        if text in starts:
            faults.append(f"{where}: the same text as {starts[text]}")
        starts[text] = where
        if not found:
            results = [fill(text, roles, Random(seed)) for seed in range(4)]
            slips = [result for result in results if SLIP.search(result) or not sentences(result)]
            faults += [f"{where}: comes out as {slip!r}" for slip in slips[:1]]
    return faults


def lint(pools: list[Pool], common: Pool) -> list[str]:
    faults = []
    for pool in pools:
        faults += check_nouns(pool)
        starts: dict[str, str] = {}
        world = World(pool, common, Random(0))
        for kind in pool.kinds:
            faults += check_kind(kind, pool, world, starts)
    return faults
