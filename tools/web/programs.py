"""The program text of a cell as a slide shows it: no text alternatives, no long list of imports."""

import ast
import re
from typing import Any

from tools import slideshow
from tools.alt import without_alt
from tools.cells import IMPORTS

SHOWN_IMPORTS = 2  # lines of them that a slide shows above other program text


def imports_of(text: str) -> tuple[set[int], bool]:
    """The lines that import something, counted from 1, and whether there is nothing else."""
    try:
        body = ast.parse(text).body
    except SyntaxError:  # a command of IPython, or a cell that is there to fail
        return set(), False
    imports = [node for node in body if isinstance(node, IMPORTS)]
    spans = [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in imports]
    return {number for span in spans for number in span}, len(imports) == len(body)


def program(cell: Any) -> str:
    """The program text of a cell without text alternatives, long imports, double empty lines."""
    text = "\n".join(without_alt(slideshow.source(cell))).strip()
    lines, nothing_else = imports_of(text)
    if len(lines) > SHOWN_IMPORTS and not nothing_else:
        kept = [line for n, line in enumerate(text.split("\n"), start=1) if n not in lines]
        text = "\n".join(kept).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text)
