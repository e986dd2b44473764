"""What is asked of very many tasks: orders, filters and words."""

from zoneinfo import ZoneInfo

import msgspec
from msgspec import to_builtins

from taskyard.contracts.language.binding import Context, bind
from taskyard.contracts.language.reading import read_query
from taskyard.kit import clock
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.actions.filtering import read_sort
from taskyard.task.models.search import Wanted
from taskyard.task.models.tasks import INDEXED_SORTS, Task, TaskFilter
from taskyard.task.queries.filtered import list_filtered
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.queries.listing import list_tasks
from taskyard.task.queries.orders import place_from, place_of
from taskyard.task.queries.search import After, search

ORDERS = tuple(
    sign + field
    for field in (
        *("priority", "due", "due_on", "due_at", "start_on", "created_at", "updated_at", "completed_at"),
        *("estimate", "title"),
    )
    for sign in ("", "-")
)
"""Every order by one field, but by status, which is for boards, and by number, which is for one project."""
FIRST_OF_ALL: After = (1e9, "ffffffff-ffff-ffff-ffff-ffffffffffff")


class Asked(msgspec.Struct, frozen=True):
    """One list that somebody asks for, as the parameters of the API say it."""

    order: str = "-updated_at"
    filter: str = ""
    wishes: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What it is called in a report."""
        return ", ".join(
            [*(f"{name} = {value}" for name, value in self.wishes.items()), *filter(None, [self.filter]), self.order]
        )


FILTERS = (
    Asked(wishes={"status": "done"}),
    Asked(wishes={"assignee_id": "me"}),
    Asked(filter="assignee is empty"),
    Asked(filter="due < today"),
)
"""What is asked for most, of all that is visible."""


async def ask(db: Statements, caller_id: str, asked: Asked, limit: int, after: Task | None = None) -> list[Task]:
    """A page of a list: the first, or the one after a task."""
    condition = None
    if asked.filter:
        condition = bind(read_query(asked.filter).condition, Context(caller_id, clock.now(), ZoneInfo("UTC"), {}))
    wishes = {name: caller_id if value == "me" else value for name, value in asked.wishes.items()}
    wanted = TaskFilter(
        **wishes,
        sort=asked.order,
        order=read_sort(asked.order),
        condition=condition,
    )
    if condition is None and asked.order in INDEXED_SORTS:
        last = None if after is None else (getattr(after, asked.order.removeprefix("-")), after.id)
        found = await list_tasks(KnownTasks(db), Principal(id=caller_id), wanted, last, limit)
        return [known.task for known in found]
    place = None if after is None else place_from(to_builtins(place_of(after, wanted.order, "")), wanted.order)
    found = await list_filtered(KnownTasks(db), Principal(id=caller_id), wanted, place, limit)
    return [known.task for known in found]


async def look_for(db: Statements, caller_id: str, words: list[str], limit: int) -> None:
    """Send the statement of the first page of a search."""
    await search(db, Principal(id=caller_id), Wanted([[word] for word in words]), FIRST_OF_ALL, limit)
