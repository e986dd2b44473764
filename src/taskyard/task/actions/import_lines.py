"""How lines of JSON are read, as exports write them, and in which order they can be taken in."""

import msgspec

from taskyard.kit.problems import invalid
from taskyard.task.models.arrivals import ARRANGED, FORMAT, TAKEN, Line
from taskyard.task.models.imports import MOST_ROWS, Row

_POINTER = "/content"
_ORDER = {kind: place for place, kind in enumerate(("person", *ARRANGED, *TAKEN))}
_ABOVE = {"task": "parent_id", "comment": "reply_to"}
"""What something of the same kind must be there before."""


def read_json(content: str) -> list[Row]:
    """The lines of a file, people and projects first. Raises InvalidInput where one is none of ours."""
    rows = [row for number, text in enumerate(content.split("\n"), 1) if text.strip() and (row := _row(number, text))]
    if len(rows) > MOST_ROWS:
        raise invalid(_POINTER, f"At most {MOST_ROWS} lines are imported at a time.")
    projects = {row.cells["project_id"]: place for place, row in reversed(list(enumerate(rows)))}

    def place(row: Row) -> tuple[int, int, int]:
        kind = _ORDER.get(row.cells["kind"], len(_ORDER))
        is_arranged = row.cells["kind"] in ARRANGED
        return (1, projects[row.cells["project_id"]], kind) if is_arranged else (2 if kind else 0, kind, 0)

    return sorted(rows, key=place)


def _row(number: int, text: str) -> Row | None:
    """A line as a row; None for the one that only names the format."""
    if "\\u0000" in text or "\0" in text:
        raise invalid(_POINTER, f"Line {number}: there are characters that no text has.")
    try:
        line = msgspec.json.decode(text, type=Line)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise invalid(_POINTER, f"Line {number}: {error}.") from None
    if line.kind == "workspace":
        if line.format != FORMAT:
            raise invalid(_POINTER, f"Line {number}: the format is not {FORMAT}.")
        return None
    data = {"email": line.email} if line.kind == "person" else line.data
    cells = {
        "kind": line.kind,
        "project_id": line.project_id or "",
        "data": msgspec.json.encode(data).decode(),
        "parent": str(data.get(_ABOVE.get(line.kind, "")) or ""),
    }
    return Row(number, line.id, cells)
