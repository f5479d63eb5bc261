"""A batch as a rectangle, as packed data and as a staircase, while its documents grow and shrink.
What padding costs hangs on which documents meet in a batch; here one can try every way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import ipywidgets as widgets
from torch.nn.utils.rnn import pack_padded_sequence

from course_utils.batching import LengthBuckets, pad_batch, padding_share
from course_utils.explorers.charts import svg, text
from course_utils.explorers.page import (
    GREEN,
    SERIES,
    Explorer,
    display_explorer,
    frames_after,
    note,
    plain,
    shown,
)
from course_utils.explorers.panel import Panel, choice, whole
from course_utils.explorers.tables import ROW, TABLE

AS_THEY_COME = "as they come"
SORTED = "sorted by length"
BUCKETS = "length buckets"
WAYS = (AS_THEY_COME, SORTED, BUCKETS)
MOST_ROWS = 12
MOST_COLUMNS = 24
LONGEST = 60  # to which a document may be drawn out
FILLER = "…"


@dataclass(frozen=True)
class Costs:
    """Microseconds a bidirectional LSTM, 200 → 64, trains on a CPU core for each of these."""

    step: float = 19.0  # of time
    position: float = 13.0  # of the rectangle


def filled(order: Iterable[int], lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Batches in this order; a batch takes documents while documents × longest fits the budget."""
    batches: list[list[int]] = []
    for i in order:
        grown = [*batches[-1], i] if batches else []
        if grown and len(grown) * max(lengths[j] for j in grown) <= budget:
            batches[-1] = grown
        else:
            batches.append([i])
    return batches


class PackingBench(Explorer):
    """Documents of unequal lengths, a way of making batches of them, and one batch looked at.

    documents: lists of words. budget: positions that a batch may hold, padding included. way: one
    of `WAYS`. batch, document: what is looked at, from 1.
    """

    name = "Packing bench"

    def __init__(
        self,
        documents: Sequence[Sequence[str]],
        budget: int = 48,
        way: str = AS_THEY_COME,
        costs: Costs | None = None,
    ):
        if not documents or not all(documents):
            raise ValueError("the bench needs documents, each with at least one word")
        self._given = [list(words)[:LONGEST] for words in documents]
        self.lengths = [len(words) for words in self._given]
        self.budget = budget
        self.way = way
        self.costs = costs or Costs()
        self.document = 1
        self._divide()

    # Moves

    def divide_by(self, way: str) -> None:
        """Make batches in another way."""
        if way not in WAYS:
            raise ValueError(f"there is no way {way!r}; there are: {', '.join(WAYS)}")
        self.way = way
        self._divide()

    def spend(self, budget: int) -> None:
        """Give a batch another budget of positions; a longer document goes alone."""
        if budget < 1:
            raise ValueError(f"the budget must be at least 1, not {budget}")
        self.budget = budget
        self._divide()

    def resize(self, length: int) -> None:
        """Draw the present document out, or cut it, to this length."""
        if not 1 <= length <= LONGEST:
            raise ValueError(f"a document has 1 to {LONGEST} words here, not {length}")
        self.lengths[self.document - 1] = length
        self._divide()

    def restore(self) -> None:
        """All documents as they were."""
        self.lengths = list(map(len, self._given))
        self._divide()

    def look_at(self, batch: int) -> None:
        """Look at a batch, from 1."""
        if not 1 <= batch <= len(self.batches):
            raise ValueError(f"batch {batch} does not exist: there are 1 to {len(self.batches)}")
        self.batch = batch

    def take(self, document: int) -> None:
        """Take a document in hand, from 1, and look at its batch."""
        if not 1 <= document <= (n := len(self._given)):
            raise ValueError(f"document {document} does not exist: there are 1 to {n}")
        self.document = document
        self._find()

    def _divide(self) -> None:
        if self.way == BUCKETS:
            self.batches = LengthBuckets(self.lengths, tokens=self.budget).batches()
        else:
            order = list(range(len(self.lengths)))
            if self.way == SORTED:
                order.sort(key=self.lengths.__getitem__)
            self.batches = filled(order, self.lengths, self.budget)
        self._find()

    def _find(self) -> None:
        own = self.document - 1
        self.batch = 1 + [own in batch for batch in self.batches].index(True)

    # Numbers

    def words(self, i: int) -> list[str]:
        """The words of document `i`, from 0, at its present length."""
        given = self._given[i]
        length = self.lengths[i]
        return given[:length] + [FILLER] * (length - len(given))

    @property
    def padding(self) -> float:
        """The share of all positions that are padding."""
        return padding_share(self.lengths, self.batches)

    @property
    def steps(self) -> int:
        """Time steps of an epoch: each batch goes on to its longest document's end."""
        return sum(max(self.lengths[i] for i in batch) for batch in self.batches)

    @property
    def positions(self) -> int:
        """Positions of all rectangles, padding included."""
        return sum(len(b) * max(self.lengths[i] for i in b) for b in self.batches)

    @property
    def milliseconds(self) -> float:
        """The predicted time of an epoch."""
        return (self.steps * self.costs.step + self.positions * self.costs.position) / 1000

    def packed(self) -> tuple[list[str], list[int]]:
        """`data` as words and `batch_sizes` of the present batch, by `pack_padded_sequence`."""
        rows = [self.words(i) for i in self.batches[self.batch - 1]]
        running = iter(range(sum(map(len, rows))))  # each word by its place in all of them
        x, lengths = pad_batch([[next(running) for _ in row] for row in rows], padding=-1)
        pack = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        flat = [word for row in rows for word in row]
        return [flat[i] for i in pack.data.tolist()], pack.batch_sizes.tolist()

    # What the reader sees

    def html(self) -> str:
        data, sizes = self.packed()
        packed = self._staircase(sizes) + self._data(data, sizes)
        return self._figures() + self._matrix() + packed

    def figures(self) -> dict[str, str]:
        """The four numbers that move together."""
        return {
            "batches": f"{len(self.batches)}",
            "padded share": f"{self.padding:.1%}",
            "time steps an epoch": f"{self.steps:,}",
            "predicted time": f"{self.milliseconds:.1f} ms",
        }

    def _figures(self) -> str:
        parts = " · ".join(f"{name} <b>{value}</b>" for name, value in self.figures().items())
        how = (
            f"predicted: {self.steps:,} steps × {self.costs.step:.0f} µs + "
            f"{self.positions:,} positions × {self.costs.position:.0f} µs"
        )
        return f'<p style="margin:2px 0">{parts}</p>{note(how)}'

    def _matrix(self) -> str:
        batch = self.batches[self.batch - 1]
        width = max(self.lengths[i] for i in batch)
        rows = ""
        for row, i in enumerate(batch[:MOST_ROWS]):
            cells = "".join(self._cell(i, row, t) for t in range(min(width, MOST_COLUMNS)))
            name = f"document {i + 1}" + (" ◀" if i == self.document - 1 else "")
            rows += f'{ROW}<th scope="row" style="padding:1px 6px">{name}</th>{cells}</tr>'
        size = f"batch {self.batch} of {len(self.batches)}: {len(batch)} × {width}"
        cut = len(batch) > MOST_ROWS or width > MOST_COLUMNS
        more = f", shown to {MOST_ROWS} × {MOST_COLUMNS}" if cut else ""
        caption = f'<caption style="text-align:left">x, {size}{more}; · is padding</caption>'
        return (
            '<div tabindex="0" role="region" aria-label="the batch as a matrix" '
            f'style="overflow-x:auto"><table style="{TABLE}">{caption}{rows}</table></div>'
        )

    def _cell(self, i: int, row: int, t: int) -> str:
        style = "border:1px solid #ccc;padding:1px 2px;text-align:center"
        if t >= self.lengths[i]:
            return f'<td style="{style};background:#e4e4e4">·</td>'
        edge = f"border-bottom:3px solid {SERIES[row % 6]}"
        return f'<td style="{style};{edge}">{shown(self.words(i)[t], 7)}</td>'

    def _staircase(self, sizes: list[int]) -> str:
        label = f"batch_sizes, documents alive at each step: {', '.join(map(str, sizes))}"
        cell = min(24.0, 540 / len(sizes))
        unit = min(14.0, 90 / sizes[0])
        floor = sizes[0] * unit + 4
        body = ""
        for t, size in enumerate(sizes):
            place = f'x="{t * cell + 4:.1f}" y="{floor - size * unit:.1f}"'
            shape = f'width="{cell - 1:.1f}" height="{size * unit:.1f}"'
            body += f'<rect {place} {shape} fill="{GREEN}"/>'
            if cell >= 12:
                body += text(t * cell + 4 + cell / 2, floor + 14, str(size), "middle")
        return svg(body, label, 550, round(floor + 20)) + note(label)

    def _data(self, data: list[str], sizes: list[int]) -> str:
        place = 0
        steps = []
        for size in sizes[:MOST_COLUMNS]:
            steps.append(" ".join(shown(word, 10) for word in data[place:][:size]))
            place += size
        steps += ["…"] if len(sizes) > MOST_COLUMNS else []
        head = f"PackedSequence.data, {len(data)} words, step by step:"
        return f'<p style="margin:4px 0">{head}<br>{" | ".join(steps)}</p>'

    def status(self) -> str:
        values = ", ".join(f"{name} {value}" for name, value in self.figures().items())
        own = f"has {self.lengths[self.document - 1]} words, in batch {self.batch}."
        head = f"{self.way.capitalize()}, budget {self.budget}: {values}."
        return f"{head} Document {self.document} {own}"

    def as_text(self) -> str:
        data, sizes = self.packed()
        rows = [" ".join(map(plain, self.words(i))) for i in self.batches[self.batch - 1]]
        flat = " ".join(map(plain, data))
        return "\n".join([self.status(), *rows, f"batch_sizes: {sizes}", f"data: {flat}"])


def packing_bench(
    documents: Sequence[Sequence[str]],
    budget: int = 48,
    costs: Costs | None = None,
    budgets: Sequence[int] = (),
) -> None:
    """Display the bench over documents (lists of words): a live widget, and a frame for each way
    of making batches, and in the last way for each of `budgets`."""
    bench = PackingBench(documents, budget, costs=costs)
    moves = [partial(bench.divide_by, way) for way in WAYS]
    moves += [partial(bench.spend, other) for other in budgets]
    frames = frames_after(bench, moves)
    bench.spend(budget)
    bench.divide_by(AS_THEY_COME)
    display_explorer(bench.name, _widget(bench), frames)


def _widget(bench: PackingBench) -> widgets.VBox:
    panel = Panel(bench)
    way = panel.bind(choice("batches", WAYS, bench.way), bench.divide_by)
    budget = panel.bind(whole("budget", bench.budget, 1, 2_000), bench.spend)
    batch = panel.bind(whole("batch", bench.batch, 1, len(bench.batches)), bench.look_at)
    document = panel.bind(whole("document", 1, 1, len(bench.lengths)), bench.take)
    length = panel.bind(whole("its length", bench.lengths[0], 1, LONGEST), bench.resize)

    def step(by: int) -> Callable[[], None]:
        return lambda: bench.resize(min(LONGEST, max(1, bench.lengths[bench.document - 1] + by)))

    def follow() -> None:
        batch.max = len(bench.batches)
        batch.value = bench.batch
        document.value = bench.document
        length.value = bench.lengths[bench.document - 1]

    buttons = [
        panel.button("shorter", "one word less", step(-1)),
        panel.button("longer", "one word more", step(1)),
        panel.button("as given", "all documents at their own lengths", bench.restore),
    ]
    return panel.box([[way, budget, batch], [document, length, *buttons]], follow)
