"""JSON lines and arrays as rows, and the way to a value inside of them.
Exports of labelling tools nest text and label; a dotted path names them."""

import json
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any

from course_utils.own_faults import Faults, Rows


def _array(text: str, faults: Faults) -> Rows:
    """One JSON array of objects; the places are the objects' numbers."""
    faults.unit = "object"
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        faults.add(f"is no whole JSON array ({error}). Was the file cut off?")
        faults.stop()
    table = Rows()
    for number, value in enumerate(values, 1):
        if isinstance(value, dict):
            table.rows.append(value)
            table.places.append(number)
        else:
            faults.add('no JSON object. Write {"label": …, "text": …}.', number)
            table.lost.append(json.dumps(value, ensure_ascii=False))
    return table


def _is_one_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def from_json(text: str, faults: Faults) -> Rows:
    """JSON lines, or one JSON array of objects."""
    if text.lstrip().startswith("["):
        return _array(text, faults)
    if "\n" in text.strip() and _is_one_object(text):
        faults.add(
            "is one JSON object over several lines. A text needs an object, and each a line."
        )
        faults.stop()
    table = Rows()
    for number, line in enumerate(text.split("\n"), 1):  # splitlines would cut at rarer marks, too
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", type(error).__name__)
            faults.add(
                f"not a whole JSON object ({reason}). Was the file cut off? "
                "Mend or delete the line.",
                number,
            )
            table.lost.append(line)
            continue
        if isinstance(row, dict):
            table.rows.append(row)
            table.places.append(number)
        else:
            faults.add('no JSON object. Write {"label": …, "text": …}.', number)
            table.lost.append(line)
    return table


# --- Paths -------------------------------------------------------------------------------------


def _key(value: dict[str, Any], name: str) -> str | None:
    """The key that is called `name`, exactly or else in any case."""
    if name in value:
        return name
    folded = unicodedata.normalize("NFC", name).strip().casefold()
    alike = (k for k in value if unicodedata.normalize("NFC", k).strip().casefold() == folded)
    return next(alike, None)


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path ('meta.label', 'labels.0'), or None. A key that holds the dot
    itself comes first."""
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        inner = value[int(head)] if head.isdigit() and int(head) < len(value) else None
        return at_path(inner, rest) if rest else inner
    if not isinstance(value, dict):
        return None
    key = _key(value, path)
    if key is not None:
        return value[key]
    head, _, rest = path.partition(".")
    key = _key(value, head)
    return at_path(value[key], rest) if rest and key is not None else None


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    """The paths of all that is no object or list of objects."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and value and isinstance(value[0], dict | list):
        yield from _paths(value[0], f"{prefix}.0")
    else:
        yield prefix


def known_paths(rows: list[Any], probed: int = 20) -> list[str]:
    """The paths in the first rows, each once."""
    return list(dict.fromkeys(path for row in islice(rows, probed) for path in _paths(row)))
