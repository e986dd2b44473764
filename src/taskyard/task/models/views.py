"""Views: lists that people keep."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.task import ViewSnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Footing

MOST_VIEWS = 500

ViewName = Annotated[str, Meta(min_length=1, max_length=100, description="One line.")]
FilterText = Annotated[str, Meta(max_length=4000, description="The query language: `docs/query-language.md`.")]
SortText = Annotated[str, Meta(max_length=200, description="As `sort` of `GET /tasks`; not with `order by`.")]
Layout = Literal["list", "board"]
ColumnName = Annotated[str, Meta(pattern=r"^(cf\.)?[a-z0-9_]{1,60}(?!\n)$")]
Columns = Annotated[list[ColumnName], Meta(max_length=50, description="Which fields a client shows, in order.")]


class View(ViewSnapshot, frozen=True):
    """A view as clients see it."""


class NewView(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A view of a project's tasks, or without ``project_id`` of all that its reader sees."""

    name: ViewName
    project_id: Id | None = None
    filter: FilterText = ""
    sort: SortText = ""
    layout: Layout = "list"
    columns: Columns = msgspec.field(default_factory=list)
    is_shared: Annotated[bool, Meta(description="With all who see the project; it stays as it was made.")] = False


class ViewPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a view."""

    name: ViewName | UnsetType = UNSET
    filter: FilterText | UnsetType = UNSET
    sort: SortText | UnsetType = UNSET
    layout: Layout | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET


class LockedView(msgspec.Struct, frozen=True):
    """A view that the caller sees, with what they may do in its project; None for one without."""

    view: View
    footing: Footing | None
