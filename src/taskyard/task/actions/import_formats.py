"""How files that are imported are read. Another product is another function here that gives rows with our columns."""

import csv
import io
from collections.abc import Callable

from taskyard.kit.problems import invalid
from taskyard.task.actions.import_lines import read_json
from taskyard.task.models.imports import MOST_ROWS, Format, ImportedTask, Row

EXTERNAL_IDS = ("external_id", "key")
"""The columns that say what a task is known by elsewhere; the first that is there counts."""
_KNOWN = frozenset({*ImportedTask.__struct_fields__, *EXTERNAL_IDS})
_LONGEST_ID = 200
_POINTER = "/content"


def read_csv(content: str) -> list[Row]:
    """The rows of a table by RFC 4180 with a heading. Raises InvalidInput where it is none of ours."""
    reader = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        heading = _heading(next(reader, []))
        rows, line = list[tuple[int, list[str]]](), reader.line_num + 1
        for cells in reader:
            if cells:
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise invalid(_POINTER, f"Line {reader.line_num}: {error}.") from None
    if len(rows) > MOST_ROWS:
        raise invalid(_POINTER, f"At most {MOST_ROWS} rows are imported at a time.")
    named = next(name for name in EXTERNAL_IDS if name in heading)
    return [_row(line, heading, cells, named) for line, cells in rows]


READERS: dict[Format, Callable[[str], list[Row]]] = {"csv": read_csv, "json": read_json}
"""How each format is read."""


def in_order(rows: list[Row]) -> list[Row]:
    """The rows in an order in which they can be taken in: as they stand, but each after the one that it is part of."""
    of_id = {row.external_id: row for row in reversed(rows)}
    ordered, placed = list[Row](), set[int]()
    for row in rows:
        chain: list[Row] = []
        above: Row | None = row
        while above is not None and above.line not in placed:
            placed.add(above.line)
            chain.append(above)
            above = of_id.get(above.cells.get("parent", ""))
        ordered.extend(reversed(chain))
    return ordered


def _heading(columns: list[str]) -> list[str]:
    names = [column.strip().lower() for column in columns]
    unknown = sorted(set(names) - _KNOWN)
    if unknown:
        raise invalid(_POINTER, f"Line 1: there is no column {unknown[0]!r}; there are {', '.join(sorted(_KNOWN))}.")
    if len(set(names)) < len(names):
        raise invalid(_POINTER, "Line 1: a column is there twice.")
    if "title" not in names or not set(EXTERNAL_IDS).intersection(names):
        raise invalid(_POINTER, "Line 1: there must be a title, and a key or external_id by which tasks are known.")
    return names


def _row(line: int, heading: list[str], cells: list[str], named: str) -> Row:
    if len(cells) != len(heading):
        raise invalid(_POINTER, f"Line {line}: there are {len(cells)} cells for {len(heading)} columns.")
    filled = {name: _spoken(cell) for name, cell in zip(heading, cells, strict=True) if cell and "\0" not in cell}
    external_id = filled.get(named, "").strip()
    if not 0 < len(external_id) <= _LONGEST_ID:
        raise invalid(_POINTER, f"Line {line}: {named} must have 1 to {_LONGEST_ID} characters.")
    return Row(line, external_id, {name: cell for name, cell in filled.items() if name not in EXTERNAL_IDS})


def _spoken(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from computing it."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in {"=", "+", "-", "@", "\t", "\r"} else cell
