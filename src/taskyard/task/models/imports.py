"""Tasks that come from elsewhere."""

from datetime import date, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from taskyard.contracts.task import ImportSnapshot, Priority
from taskyard.kit.ids import Id
from taskyard.task.models.tasks import Custom, Description, Estimate, Instant, Status, Title

IMPORT, IMPORT_WORKSPACE = "import", "import_workspace"
FORGET_IMPORTS = "forget_imports"
KEPT = timedelta(days=7)
"""How long is known what became of the rows, from when they were handed in."""
MOST_ROWS = 10_000

Format = Literal["csv", "json"]
Kind = Literal["created", "present", "refused"]


class Import(ImportSnapshot, frozen=True):
    """An import as the person sees it who asked for it."""


class NewImport(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What is to be imported, and where: a table of tasks into a project, or lines of JSON into a workspace."""

    content: Annotated[str, Meta(min_length=1, max_length=1_500_000, description="The file.")]
    format: Annotated[
        Format, Meta(description="`csv`: RFC 4180, into a project. `json`: what an export says, into a workspace.")
    ] = "csv"
    project_id: Annotated[Id, Meta(description="Where a `csv` goes.")] | None = None
    workspace_id: Annotated[Id, Meta(description="Where a `json` goes.")] | None = None
    is_dry_run: Annotated[bool, Meta(description="Only say what would be created, and what would not.")] = False


class Row(msgspec.Struct, frozen=True):
    """A row of a file: where it stood, what it is known by elsewhere, and its cells by their columns."""

    line: int
    external_id: str
    cells: dict[str, str]


class ImportedTask(msgspec.Struct, kw_only=True, frozen=True):
    """What a row says of a task; people and parts of the project by what they are called."""

    title: Title
    description: Description = ""
    status: Status | None = None
    priority: Priority = "none"
    assignees: str = ""
    parent: str = ""
    labels: str = ""
    milestone: str = ""
    iteration: str = ""
    start_on: date | None = None
    due_on: date | None = None
    due_at: Instant | None = None
    estimate: Estimate | None = None
    created_by: str = ""
    created_at: Instant | None = None
    updated_at: Instant | None = None
    completed_at: Instant | None = None
    archived_at: Instant | None = None
    custom: Custom = msgspec.field(default_factory=dict)


class Outcome(msgspec.Struct, frozen=True):
    """What became of a row; ``notes`` say what was left out, or why it was refused."""

    place: int
    outcome: Kind
    notes: list[str]


class RowNote(msgspec.Struct, frozen=True):
    """A row of which there is something to tell."""

    line: int
    external_id: str
    outcome: Kind
    notes: list[str]


class Ground(msgspec.Struct, frozen=True):
    """What rows are understood by: the project they go to, and what is called how in it."""

    workspace_id: str
    project_id: str
    key: str
    categories: dict[str, str]
    """The states' categories by their keys."""
    default_status: str
    names: dict[tuple[str, str], str]
    """The ids of labels, milestones and iterations by kind and folded name."""


class Importing(msgspec.Struct, frozen=True):
    """The payload of the jobs that take things in."""

    workspace_id: str
    import_id: str
