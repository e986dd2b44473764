"""How the file of an export is written: as one JSON document a line, or as a table for spreadsheets."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import TypeAlias

import msgspec

from taskyard.contracts.people import Person
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.task.models.exports import Export, ExportedTask, Item
from taskyard.task.queries import workspaces

FORMAT = "taskyard/1"
Lines: TypeAlias = AsyncIterator[tuple[int, bytes]]
"""Pieces of a file, and how many tasks each of them tells of."""
COLUMNS = (
    *("key", "title", "description", "status", "priority", "assignees", "parent", "labels", "milestone", "iteration"),
    *(
        "start_on",
        "due_on",
        "due_at",
        "estimate",
        "created_by",
        "created_at",
        "updated_at",
        "completed_at",
        "archived_at",
        "custom",
    ),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a cell; an apostrophe before it keeps it a text."""


class _Heading(msgspec.Struct, frozen=True):
    """The first line of a file."""

    kind: str
    format: str
    id: str
    exported_at: str


class _Name(msgspec.Struct, frozen=True):
    """What a part of a project is called."""

    name: str = ""


async def json_lines(tx: Transaction, export: Export, members: list[Person]) -> Lines:
    """Everything of a workspace, each thing after those it names: ``{"kind", "id", ...}``."""
    heading = _Heading("workspace", FORMAT, export.workspace_id, clock.now().isoformat())
    yield 0, msgspec.json.encode(heading) + b"\n"
    yield 0, b"".join(msgspec.json.encode({"kind": "person", **msgspec.to_builtins(one)}) + b"\n" for one in members)
    for read in (
        workspaces.read_projects,
        workspaces.read_tasks,
        workspaces.read_relations,
        workspaces.read_checklists,
        workspaces.read_comments,
        workspaces.read_reactions,
        workspaces.read_time_entries,
        workspaces.read_views,
        workspaces.read_recurrences,
    ):
        async for items in read(tx, export):
            tasks = sum(item.kind == "task" for item in items)
            yield tasks, b"".join(msgspec.json.encode(item) + b"\n" for item in items)


async def csv_lines(tx: Transaction, export: Export, members: list[Person]) -> Lines:
    """The tasks by RFC 4180, people by their addresses and parts of projects by their names."""
    names = {person.id: person.email for person in members}
    async for items in workspaces.read_projects(tx, export):
        names |= {item.id: msgspec.json.decode(item.data, type=_Name).name for item in items}
    yield 0, _rows([[*COLUMNS]])
    async for items in workspaces.read_tasks(tx, export):
        yield len(items), _rows(_row(item, names) for item in items)


def _row(item: Item, names: dict[str, str]) -> list[str]:
    task = msgspec.json.decode(item.data, type=ExportedTask)
    custom = msgspec.json.encode(task.custom).decode() if task.custom else ""
    return [
        *(task.key, _plain(task.title), _plain(task.description), task.status, task.priority),
        _named(task.assignee_ids, names),
        task.parent_key or "",
        _named(task.label_ids, names),
        _named([task.milestone_id] if task.milestone_id else [], names),
        _named([task.iteration_id] if task.iteration_id else [], names),
        *(value or "" for value in (task.start_on, task.due_on, task.due_at)),
        "" if task.estimate is None else f"{task.estimate:g}",
        _named([task.created_by], names),
        *(task.created_at, task.updated_at, task.completed_at or "", task.archived_at or "", custom),
    ]


def _named(ids: list[str], names: dict[str, str]) -> str:
    """What things are called, one a line; the id of what has no name any more."""
    return _plain("\n".join(names.get(id_, id_) for id_ in ids))


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(rows: Iterable[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()
