"""Puts stories together to articles and articles to a newspaper with train and test.
The lead decides the desk; what follows may come from a neighbour's, sometimes for longer."""

import math
from random import Random

from .pools import Kind, Pool, read_pools
from .story import World, sentences, tell

SEED = 10_000
COUNTS = {
    "Panorama": 1510,
    "Web": 1509,
    "International": 1360,
    "Wirtschaft": 1270,
    "Sport": 1081,
    "Inland": 913,
    "Etat": 601,
    "Wissenschaft": 516,
    "Kultur": 485,
}  # 10kGNAD's training articles
NEIGHBOURS = {  # where a desk's articles wander, with weights
    "Etat": {"Web": 3, "Kultur": 2, "Wirtschaft": 1, "Inland": 1},
    "Inland": {"Wirtschaft": 3, "Panorama": 3, "International": 1, "Etat": 1},
    "International": {"Panorama": 2, "Wirtschaft": 2, "Inland": 2},
    "Kultur": {"Etat": 2, "Panorama": 2, "Wissenschaft": 1},
    "Panorama": {"Inland": 3, "International": 2, "Wissenschaft": 1, "Wirtschaft": 1},
    "Sport": {"Panorama": 1},
    "Web": {"Wirtschaft": 2, "Etat": 2, "Wissenschaft": 1},
    "Wirtschaft": {"Inland": 3, "Web": 2, "International": 2},
    "Wissenschaft": {"Web": 2, "Panorama": 2, "Kultur": 1},
}
WANDER = {  # share of articles that leave their desk after the first part
    "Etat": 0.5,
    "Inland": 0.6,
    "International": 0.45,
    "Kultur": 0.5,
    "Panorama": 0.55,
    "Sport": 0.15,
    "Web": 0.35,
    "Wirtschaft": 0.6,
    "Wissenschaft": 0.45,
}


def proportions(total: int) -> dict[str, int]:
    """10kGNAD's proportions, by largest remainder."""
    whole = sum(COUNTS.values())
    exact = {desk: total * n / whole for desk, n in COUNTS.items()}
    result = {desk: int(x) for desk, x in exact.items()}
    for desk in sorted(exact, key=lambda d: result[d] - exact[d])[: total - sum(result.values())]:
        result[desk] += 1
    return result


def target_length(rng: Random) -> int:
    """Log-normal around the real corpus's median of 297 words."""
    return max(45, min(2400, round(math.exp(rng.gauss(math.log(297), 0.64)))))


def kinds(pool: Pool, split: str) -> list:
    """One kind of a large desk appears in the test only, as news does."""
    return [k for i, k in enumerate(pool.kinds) if split == "test" or i % 12 != 11]


def neighbour(desk: str, pools: dict[str, Pool], rng: Random) -> str:
    """Where an article of this desk wanders; the desk itself if no neighbour is there."""
    near = {d: weight for d, weight in NEIGHBOURS[desk].items() if d in pools}
    return rng.choices(list(near), list(near.values()))[0] if near else desk


def untold(pool: Pool, split: str, told: set[str], rng: Random) -> Kind:
    """A kind that the article doesn't have yet, or any if it has all."""
    known = kinds(pool, split)
    return rng.choice([k for k in known if k.name not in told] or known)


def article(
    desk: str,
    pools: dict[str, Pool],
    common: Pool,
    rng: Random,
    split: str,
    words: int | None = None,
) -> str:
    """One article: kicker, dateline, story, then as many further stories as its length asks for."""
    words = words or target_length(rng)
    wander = words > 130 and rng.random() < WANDER[desk]
    share = rng.uniform(0.3, 0.65) if wander else 1.0
    seen: set[str] = set()
    world = World(pools[desk], common, rng, split)
    first = tell(rng.choice(kinds(pools[desk], split)), world, seen, round(words * share))
    parts = [first.kicker, f"{first.place} – {first.lead}", *first.body]
    told = {first.kind.name}
    count = sum(len(p.split()) for p in parts)
    bridges = common.lists["bruecke"][:]
    rng.shuffle(bridges)
    while words - count > 55:
        other = neighbour(desk, pools, rng) if wander else desk
        side_world = World(pools[other], common, rng, split)
        side_world.used = world.used
        side = tell(untold(pools[other], split, told, rng), side_world, seen, words - count)
        told.add(side.kind.name)
        addition = ([bridges.pop()] if bridges else []) + [side.lead, *side.body]
        parts += addition
        count += sum(len(p.split()) for p in addition)
    return " ".join(p for p in parts if p)


def newspaper(
    seed: int = SEED, n_train: int = 1800, n_test: int = 200
) -> dict[str, list[tuple[str, str]]]:
    """{'train': [(desk, text), …], 'test': …}, shuffled, every article different."""
    pools, common = read_pools()
    result = {}
    for split, total in (("train", n_train), ("test", n_test)):
        rows = []
        for desk, n in proportions(total).items():
            for i in range(n):
                rng = Random(f"{seed} {split} {desk} {i}")
                long_one = split == "train" and desk == "Panorama" and i == 0
                rows.append(
                    (desk, article(desk, pools, common, rng, split, 3300 if long_one else None))
                )
        Random(f"{seed} {split}").shuffle(rows)
        result[split] = rows
    return result


__all__ = ["article", "newspaper", "proportions", "sentences"]
