"""`python -m tools.mininews lint`, `… show Sport --n 3`, `… build`.
README.md in this folder explains them."""

import argparse
import sys
from random import Random

from .lint import lint
from .newspaper import SEED, article
from .pools import PoolError, read_pools


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mininews", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("lint", help="check the pools")
    command.add_argument("desk", nargs="?")
    command = commands.add_parser("show", help="print articles of a desk, or one story of a kind")
    command.add_argument("desk")
    command.add_argument("--kind")
    command.add_argument("--n", type=int, default=3)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--words", type=int)
    commands.add_parser(
        "build", help="write the embedded corpus and its vectors into course_utils/data"
    )
    args = parser.parse_args()
    if args.command == "build":
        from .build import build

        build(SEED)
        return 0
    try:
        pools, common = read_pools()
    except PoolError as error:
        sys.exit(str(error))
    if args.command == "lint":
        faults = lint([p for d, p in pools.items() if args.desk in (None, d)], common)
        print("\n".join(faults) or "no faults")
        return bool(faults)
    pool = pools[args.desk]
    if args.kind:
        pool.kinds = [k for k in pool.kinds if k.name == args.kind]
        pool.kinds = pool.kinds or sys.exit(f"{args.desk} has no kind {args.kind!r}")
    for i in range(args.n):
        rng = Random(f"show {args.seed} {args.desk} {i}")
        if args.kind:
            from .story import World, tell

            story = tell(pool.kinds[0], World(pool, common, rng), set(), args.words or 400)
            print(
                "\n".join([story.kicker, f"{story.place} – {story.lead}", *story.body]), end="\n\n"
            )
        else:
            print(article(args.desk, pools, common, rng, "test", args.words), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
