"""What maintainers run to make the German model anew, from a folder of plain texts (.txt, .txt.xz).

python -m tools.german lm FOLDER --into OUT --steps 28000 --decay 4000      # two cores: hours
python -m tools.german lm FOLDER --into OUT --hidden 1150 --layers 3 --embedding 400   # GPU
"""

import argparse
from pathlib import Path

import torch

from tools.german.lm import Shape
from tools.german.pieces import train_pieces, write_pieces
from tools.german.reading import Reading, Recipe
from tools.german.texts import text_files


def prepared(folder: Path, out: Path, size: int) -> list[Path]:
    """The vocabulary and the files of pieces in `out`, made if they are not there."""
    model = out / "pieces.model"
    if not model.is_file():
        print(f"learning {size:,} pieces", flush=True)
        train_pieces(folder, model, size)
    targets = []
    for path in text_files(folder):
        target = out / "tokens" / path.name.partition(".")[0]
        target.parent.mkdir(exist_ok=True)
        if not target.with_name(f"{target.name}.json").is_file():
            print(f"{path.name}: {write_pieces(path, model, target)}", flush=True)
        targets.append(target)
    return targets


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.german",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["lm"])
    parser.add_argument("folder", type=Path, help="plain texts: .txt or .txt.xz")
    parser.add_argument("--into", type=Path, required=True, help="state, log, vocabulary")
    parser.add_argument("--steps", type=int, default=28_000)
    parser.add_argument("--decay", type=int, default=0, help="steps at the end with falling rate")
    parser.add_argument("--pieces", type=int, default=10_000)
    parser.add_argument("--embedding", type=int, default=320)
    parser.add_argument("--hidden", type=int, default=768)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(args.threads)
    targets = prepared(args.folder, args.into, args.pieces)
    shape = Shape(args.pieces, args.embedding, args.hidden, args.layers)
    Reading(args.into / "lm", targets, shape, Recipe()).run(args.steps, args.decay)


if __name__ == "__main__":
    main()
