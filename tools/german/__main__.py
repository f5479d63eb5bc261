"""What maintainers run to make the German vectors and the German language model anew.

python -m tools.german fetch FOLDER            # Wikipedia and Bundestag, from their repositories
python -m tools.german vectors FOLDER --into OUT                 # half an hour of one core
python -m tools.german lm FOLDER --into OUT --steps 19000 --decay 3000     # two cores: hours
python -m tools.german lm FOLDER --into OUT --hidden 1150 --layers 3 --embedding 400   # GPU
python -m tools.german ship OUT                # what is in OUT, into course_utils/data/german
python -m tools.german all FOLDER       # these four with FOLDER/texts and FOLDER/out: `make german`
python -m tools.german sizes FOLDER --into OUT --words 1 3 10  # millions: for benchmarks.reading

FOLDER holds plain texts (.txt, .txt.xz), documents apart by a line with a form feed. `lm` may be
broken off at any time and goes on where it stopped; OUT keeps state, log and vocabulary. `all`
begins with what is not there yet; vectors that were broken off begin anew."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from gensim.models import KeyedVectors

from course_utils.console import say
from tools.german.fetch import SOURCES, fetch
from tools.german.lm import Shape
from tools.german.pieces import train_pieces, write_pieces
from tools.german.reading import Reading, Recipe
from tools.german.ship import ship_language_model, ship_vectors
from tools.german.sizes import PARTS, make
from tools.german.texts import text_files
from tools.german.vectors import train, write_words

VECTORS = "vectors.kv"


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
            say(f"{path.name}: {write_pieces(path, model, target)}", flush=True)
        targets.append(target)
    return targets


def vectors(args: argparse.Namespace) -> None:
    args.into.mkdir(parents=True, exist_ok=True)
    words = args.into / "words.txt"
    print(f"{write_words(args.folder, words, args.words):,} tokens", flush=True)
    made = train(words, epochs=args.epochs)
    words.unlink()
    made.save(str(args.into / VECTORS))
    print(f"{len(made):,} words")


def language_model(args: argparse.Namespace) -> None:
    torch.set_flush_denormal(True)
    torch.set_num_threads(args.threads)
    targets = prepared(args.folder, args.into, args.pieces)
    shape = Shape(args.pieces, args.embedding, args.hidden, args.layers)
    Reading(args.into / "lm", targets, shape, Recipe()).run(args.steps, args.decay)


def bring(args: argparse.Namespace) -> None:
    for source in SOURCES:
        say(str(fetch(source, args.folder)))


def ship(args: argparse.Namespace) -> None:
    made = args.folder / VECTORS
    if made.is_file():
        ship_vectors(KeyedVectors.load(str(made)))
    if (args.folder / "lm" / "state.pt").is_file():
        ship_language_model(args.folder)


def everything(args: argparse.Namespace) -> None:
    texts = str(args.folder / "texts")
    out = str(args.folder / "out")
    main(["fetch", texts])
    if not (args.folder / "out" / VECTORS).is_file():
        main(["vectors", texts, "--into", out])
    main(["lm", texts, "--into", out, "--decay", "3000", "--threads", str(args.threads)])
    main(["ship", out])
    print("course_utils/data/german/ is written: its README names the texts and the losses.")


def sizes(args: argparse.Namespace) -> None:
    torch.set_flush_denormal(True)
    torch.set_num_threads(args.threads)
    for millions in args.words:
        say(str(make(args.folder, args.into, round(millions * 1e6), parts=args.parts)), flush=True)


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.german",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("vectors", "lm", "sizes"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path, help="plain texts: .txt or .txt.xz")
        command.add_argument("--into", type=Path, required=True, help="state, log, vocabulary")
    commands.choices["vectors"].add_argument("--epochs", type=int, default=3)
    commands.choices["vectors"].add_argument("--words", type=int, help="read no more than these")
    lm = commands.choices["lm"]
    lm.add_argument("--steps", type=int, default=19_000)
    lm.add_argument("--decay", type=int, default=0, help="steps at the end with falling rate")
    lm.add_argument("--pieces", type=int, default=10_000)
    lm.add_argument("--embedding", type=int, default=320)
    lm.add_argument("--hidden", type=int, default=768)
    lm.add_argument("--layers", type=int, default=2)
    commands.choices["sizes"].add_argument("--words", type=float, nargs="+", help="in millions")
    commands.choices["sizes"].add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    everything = commands.add_parser("all")
    everything.add_argument("folder", type=Path, help="takes texts/ and out/")
    for name in ("lm", "sizes", "all"):
        commands.choices[name].add_argument("--threads", type=int, default=1)
    commands.add_parser("fetch").add_argument("folder", type=Path, help="where the texts go")
    commands.add_parser("ship").add_argument("folder", type=Path, help="OUT of the others")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    args = arguments(given)
    commands = {
        "fetch": bring,
        "vectors": vectors,
        "lm": language_model,
        "ship": ship,
        "all": everything,
        "sizes": sizes,
    }
    commands[args.command](args)


if __name__ == "__main__":
    main()
