"""Workspaces that are carried away as files."""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from taskyard.contracts.task import ExportSnapshot
from taskyard.kit.ids import Id

EXPORT = "export"
FORGET_EXPORTS = "forget_exports"
KEPT = timedelta(days=1)
"""How long a file can be fetched, from when it was asked for."""

Format = Literal["json", "csv"]


class Export(ExportSnapshot, frozen=True):
    """An export as the person sees it who asked for it."""


class NewExport(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be exported."""

    workspace_id: Id
    format: Annotated[
        Format, Meta(description="`json`: everything, one JSON document a line. `csv`: the tasks, for spreadsheets.")
    ] = "json"


class Exporting(msgspec.Struct, frozen=True):
    """The payload of the job that writes the file."""

    workspace_id: str
    export_id: str


class Item(msgspec.Struct, frozen=True):
    """One thing of a workspace, with what it says as JSON."""

    kind: str
    id: str
    project_id: str
    data: msgspec.Raw


class ExportedTask(msgspec.Struct, frozen=True):
    """What a line of a spreadsheet says of a task, people and parts by their ids."""

    key: str
    title: str
    description: str
    status: str
    priority: str
    assignee_ids: list[str]
    parent_key: str | None
    label_ids: list[str]
    milestone_id: str | None
    iteration_id: str | None
    start_on: str | None
    due_on: str | None
    due_at: str | None
    estimate: float | None
    created_by: str
    created_at: str
    updated_at: str
    completed_at: str | None
    archived_at: str | None
    custom: dict[str, object]
