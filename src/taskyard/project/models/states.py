"""The states of a project's tasks, and the ways that tasks may go between them."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.project.models.workspaces import RoleName

Category = Literal["backlog", "todo", "in_progress", "done", "cancelled"]
StateKey = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_-]{1,60}(?!\n)$", description="What a task's `status` holds; it never changes."),
]
StateName = Annotated[str, Meta(min_length=1, max_length=60)]
Rank = Annotated[int, Meta(ge=1, le=1000, description="The place in the order of the states, from 1.")]
WipLimit = Annotated[int, Meta(ge=1, le=10_000, description="How many tasks the state should hold at most.")]
MOST_STATES, MOST_TRANSITIONS = 50, 500


class NewState(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A state to be made. Without a key it gets one from its name, without a rank it is the last."""

    name: StateName
    category: Category
    key: StateKey | None = None
    rank: Rank | None = None
    wip_limit: WipLimit | None = None
    enforces_limit: bool = False
    is_default: bool = False


class StatePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a state; its key stays, because tasks hold it.

    A default is replaced by making another state the default.
    """

    name: StateName | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    rank: Rank | UnsetType = UNSET
    wip_limit: WipLimit | UnsetType | None = UNSET
    enforces_limit: bool | UnsetType = UNSET
    is_default: Literal[True] | UnsetType = UNSET


class State(msgspec.Struct, frozen=True):
    """A step of a project's work; ``key`` is what a task's ``status`` holds.

    Beyond ``wip_limit`` a state that ``enforces_limit`` takes no task; otherwise the limit is only shown.
    """

    id: str
    workspace_id: str
    project_id: str
    key: str
    name: str
    category: Category
    rank: int
    is_default: bool
    wip_limit: int | None
    enforces_limit: bool
    version: int


class DeletedState(State, frozen=True):
    """A state that is no more, with the key of the one its tasks go to."""

    moved_to: str


RequiredField = Annotated[
    str,
    Meta(
        pattern=r"^(description|assignee_ids|label_ids|milestone_id|iteration_id|start_on|due|estimate|cf\.[a-z][a-z0-9_]{0,59})(?!\n)$",
        description="`description`, `assignee_ids`, `label_ids`, `milestone_id`, `iteration_id`, `start_on`, `due` "
        "(on a day or at an instant), `estimate`, or `cf.` and the key of one of the project's own fields.",
    ),
]


class Transition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A way a task may go. ``from`` null: from any state, and a new task may start there.

    Who changes tasks may go it, or only those with one of the ``roles``; ``required_fields`` must be filled by then.
    """

    from_key: StateKey | None = msgspec.field(name="from")
    to_key: StateKey = msgspec.field(name="to")
    roles: Annotated[list[RoleName], Meta(max_length=50)] = []
    required_fields: Annotated[list[RequiredField], Meta(max_length=50)] = []


class NewWorkflow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole workflow, as it is to be from now on."""

    is_enforced: bool
    transitions: Annotated[list[Transition], Meta(max_length=MOST_TRANSITIONS)]


class Workflow(msgspec.Struct, frozen=True):
    """The ways that a project's tasks may go; while ``is_enforced`` is false they may go any way."""

    id: str
    workspace_id: str
    project_id: str
    is_enforced: bool
    transitions: list[Transition]
    version: int


class Capabilities(msgspec.Struct, frozen=True):
    """What somebody may do in a project: their permissions, and their roles as transitions name them."""

    project_id: str
    is_archived: bool
    permissions: list[str]
    roles: list[str]


DEFAULT_STATES: tuple[tuple[str, str, Category], ...] = (
    ("backlog", "Backlog", "backlog"),
    ("todo", "To do", "todo"),
    ("in_progress", "In progress", "in_progress"),
    ("in_review", "In review", "in_progress"),
    ("done", "Done", "done"),
    ("cancelled", "Cancelled", "cancelled"),
)
DEFAULT_STATE = "todo"


def key_from(name: str) -> str:
    """The key of a state of this name; empty where the name has no letter or digit of ASCII."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]
