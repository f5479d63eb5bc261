"""Explorers and the museum's exhibits as slides show them: large, whole, and nothing that scrolls.
An explorer's frames are laid out anew; one that is too much for a slide is spread over several."""

import re

from bs4 import BeautifulSoup, Tag

# Of each explorer its slides, of a slide its rows, of a row its columns, of a column the pieces of
# a frame: counted without the sentence above them, a note together with what it is about. What is
# named nowhere repeats that sentence.
Plan = list[list[list[list[int]]]]
PLANS: dict[str, Plan] = {
    "Word desk": [[[[0], [1]], [[2]]]],
    "Gate microscope": [[[[1]], [[2, 0], [3]]]],
    "Packing bench": [[[[1, 2]]]],
    "Decision reader": [[[[0]], [[1]]], [[[2]]], [[[3], [*range(4, 20)]]]],
    "Writing desk": [[[[0, 1]], [[2], [3]]]],
    "Attention map": [[[[0]], [[1], [2]]]],
    "Two Berlins": [[[[0, 1]], [[2]]]],
    "Dropout board": [[[[1]], [[0], [3]]]],
}
WHOLE: Plan = [[[list(range(20))]]]  # of an explorer that isn't named above
MOST_COLUMNS = {"Packing bench": 12, "Dropout board": 5}  # of a table, its first one aside
UPRIGHT = 17  # columns whose headings are written across
SMALL = re.compile(r"font-size:1[0-3]px")
SIZES = re.compile(r"(?:font-size|max-width):\d+(?:px|em);?|overflow-x:auto;?")
PLACE = re.compile(r"^\d+ of \d+\.$")


def unsized(tree: Tag) -> None:
    """Takes out the sizes that suit a page in a notebook; the deck's style has larger ones."""
    for tag in tree.find_all(style=True):
        style = str(tag["style"])
        if tag.name == "div" and SMALL.search(style) and not tag.find("div"):
            tag["class"] = "note"
        style = re.sub(r"font:\d+px monospace", "font-family:monospace", style)
        tag["style"] = SIZES.sub("", style)


def narrowed(table: Tag, most: int) -> None:
    """Leaves so many columns of a table beside its headings, and says so in its caption."""
    rows = [row.find_all(["th", "td"], recursive=False) for row in table.find_all("tr")]
    there = max(map(len, rows)) - 1
    if there <= most or table.find(colspan=True):
        return
    for row in rows:
        for cell in row[most + 1 :]:
            cell.decompose()
    if isinstance(table.caption, Tag):
        said = table.caption.get_text()
        shown = re.sub(r"(shown to \d+ × )\d+", rf"\g<1>{most}", said)
        table.caption.string = f"{said} ({most} of {there})" if shown == said else shown


def readable(frame: Tag, name: str) -> None:
    """A frame for the back row: fewer columns, high headings, titles in place of what opens."""
    for table in frame.find_all("table"):
        if name in MOST_COLUMNS:
            narrowed(table, MOST_COLUMNS[name])
        headings = table.select("tr:first-of-type > th")
        if name == "Gate microscope" and len(headings) > UPRIGHT:
            table["class"] = "upright"
    for closed in frame.find_all("details"):
        closed.name = "p"
        title = "".join(part.get_text() for part in closed.find_all("summary"))
        closed.clear()
        closed.string = title
    unsized(frame)


def caption(frame: Tag) -> str:
    """The sentence above a frame; its place in the row is said beside the buttons."""
    sentence = frame.p
    if sentence is None:
        return ""
    if sentence.b is not None and PLACE.match(sentence.b.get_text()):
        sentence.b.decompose()
    return f"<p>{sentence.decode_contents().strip()}</p>"


def pieces_of(frame: Tag) -> list[str]:
    """The HTML of the pieces of a frame, notes with what they are about."""
    found: list[str] = []
    for piece in frame.find_all(recursive=False)[1:]:
        if found and "note" in piece.get_attribute_list("class"):
            found[-1] += str(piece)
        else:
            found.append(str(piece))
    return found


def laid_out(pieces: list[str], rows: list[list[list[int]]]) -> str:
    """The pieces of a frame in rows and columns."""
    html = ""
    for row in rows:
        columns = ["".join(pieces[k] for k in column if k < len(pieces)) for column in row]
        html += '<div class="row">' + "".join(f"<div>{one}</div>" for one in columns) + "</div>"
    return html


def slides(html: str) -> list[str]:
    """The HTML of an explorer's strip for each slide that it needs.

    Frames that show the same on a slide are one there; the sentence is on the first."""
    frames = BeautifulSoup(html, "html.parser").find_all("section")
    name = str(frames[0].get("aria-label", "Explorer")).partition(", frame")[0]
    for frame in frames:
        readable(frame, name)
    captions = [caption(frame) for frame in frames]
    pieces = [pieces_of(frame) for frame in frames]
    found = []
    for number, rows in enumerate(PLANS.get(name, WHOLE)):
        shown = [laid_out(own, rows) for own in pieces]
        if number == 0:
            shown = [above + below for above, below in zip(captions, shown, strict=True)]
        found.append(strip(name, list(dict.fromkeys(shown))))
    return found


def strip(name: str, shown: list[str]) -> str:
    """Frames that frames.js steps through; no sections, which reveal.js takes for slides."""
    frames = "".join(
        f'<div role="group" class="explorer-frame" '
        f'aria-label="{name}, frame {place} of {len(shown)}">{one}</div>'
        for place, one in enumerate(shown, start=1)
    )
    return (
        f'<div class="explorer"><div class="explorer-strip"><b class="name">{name}</b>'
        f'<div class="explorer-frames">{frames}</div></div></div>'
    )


def exhibit(html: str) -> str:
    """An exhibit of the museum, or other HTML; what is closed opens with the key that goes on."""
    # Lines of code stand in a div; outside such tags white space between two tags would shrink.
    tree = BeautifulSoup(html, "html.parser", preserve_whitespace_tags={"pre", "div"})
    unsized(tree)
    for closed in tree.find_all("details"):
        closed["class"] = "fragment custom"
    return f'<div class="exhibit">{tree}</div>'
