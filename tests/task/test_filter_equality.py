"""A query means one thing: the statement, the back end in memory and a naive filter in Python answer alike.

``FILTER_EXAMPLES=5000 pytest tests/task/test_filter_equality.py`` tries more, and other ones every time.
"""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskyard.contracts.language.binding import Context, bind
from taskyard.contracts.language.fields import FIELDS
from taskyard.contracts.language.matching import matches
from taskyard.contracts.language.reading import read_query
from taskyard.contracts.language.tree import OneOf, SortKey, fold
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.task.actions.filtering import read_sort
from taskyard.task.models.tasks import Task, TaskFilter
from taskyard.task.queries.filtered import count_filtered, list_filtered
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.queries.orders import place_from, place_of

from .conftest import World
from .own_questions import own_questions, random_values
from .questions import (
    LABELS,
    PRIORITIES,
    Question,
    Setting,
    moments,
    questions,
    random_task_fields,
    settings_of_a_question,
)

EXAMPLES = int(os.environ.get("FILTER_EXAMPLES", "0"))
MANY = 220
LATEST = (SortKey("updated_at", is_descending=True),)
ARCHIVED_TOO = OneOf("archived", ("true", "false"))
trying = settings(
    max_examples=EXAMPLES or 300,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Stored:
    """Tasks in the database and in memory."""

    def __init__(self, database: Database, world: World, tasks: list[Task]) -> None:
        self.database, self.world, self.tasks = database, world, tasks


@pytest.fixture
async def stored(world: World, databases: dict[str, Database]) -> Stored:
    """Tasks near the edges of days, in two projects that Ann sees."""
    chance = random.Random(7)  # noqa: S311 - a story, no secret
    await world.grant(world.ann, world.hidden_project_id, "member")
    for number in range(1, MANY + 1):
        project_id, key = chance.choice([(world.project_id, "OPS"), (world.hidden_project_id, "HID")])
        fields = random_task_fields(chance, [world.ann, world.bob, world.vera])
        fields["priority"] = PRIORITIES.index(fields["priority"])
        fields["custom"] = msgspec.json.encode(random_values(chance, [world.ann, world.bob, world.vera])).decode()
        columns = ["workspace_id", "project_id", "id", "number", "key", *fields]
        row = [world.workspace_id, project_id, new_id(), number, f"{key}-{number}", *fields.values()]
        numbered = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await world.owner.execute(f"INSERT INTO task.tasks ({', '.join(columns)}) VALUES ({numbered})", *row)  # noqa: S608 - our own names
    known, wanted = KnownTasks(databases["task"]), TaskFilter(order=LATEST, condition=ARCHIVED_TOO)
    found = await list_filtered(known, Principal(id=world.ann), wanted, None, MANY * 2)
    tasks = [one.task for one in found]
    assert len(tasks) == MANY
    return Stored(databases["task"], world, tasks)


@trying
@given(question=questions, where=settings_of_a_question)
async def test_three_ways_give_one_answer(stored: Stored, question: Question, where: tuple[str, datetime, int]) -> None:
    await _try(stored, question, where)


@trying
@given(question=moments, where=settings_of_a_question)
async def test_days_and_instants_alone_too(
    stored: Stored, question: Question, where: tuple[str, datetime, int]
) -> None:
    await _try(stored, question, where)


@trying
@given(question=own_questions, where=settings_of_a_question)
async def test_fields_of_projects_own_too(stored: Stored, question: Question, where: tuple[str, datetime, int]) -> None:
    await _try(stored, question, where)


async def _try(stored: Stored, question: Question, where: tuple[str, datetime, int]) -> None:
    text, answer = question
    zone, edge, minutes = where
    caller, setting = (
        stored.world.ann,
        Setting(stored.world.ann, stored.world.bob, zone, edge + timedelta(minutes=minutes)),
    )
    context = Context(caller, setting.now, ZoneInfo(zone), {"b@x.org": setting.other_id}, LABELS)
    condition = bind(read_query(text).condition, context)
    wanted = TaskFilter(condition=condition, order=LATEST)
    found = await list_filtered(KnownTasks(stored.database), Principal(id=caller), wanted, None, MANY * 2)

    looked_at = [task for task in stored.tasks if "archived" in text or task.archived_at is None]
    naive = [task.id for task in looked_at if answer(task, setting)]
    in_memory = [task.id for task in looked_at if matches(condition, task)]
    assert in_memory == naive, (text, setting)
    assert [known.task.id for known in found] == naive, (text, setting)
    assert await count_filtered(stored.database, Principal(id=caller), wanted) == len(naive)


_sort_texts = st.lists(
    st.tuples(
        st.sampled_from(["", "-"]), st.sampled_from([n for n, f in FIELDS.items() if f.is_sortable and n != "rank"])
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda part: part[1],
).map(lambda parts: ",".join(sign + name for sign, name in parts))


@trying
@given(sort=_sort_texts, length=st.integers(1, 60), start=st.integers(0, MANY - 1), archived_too=st.booleans())
async def test_pages_of_any_order_hold_what_follows(
    stored: Stored, sort: str, length: int, start: int, *, archived_too: bool
) -> None:
    order = read_sort(sort)
    expected = _sorted([task for task in stored.tasks if archived_too or task.archived_at is None], order)
    start %= len(expected)
    after = place_from(place_of(expected[start], order, ""), order)
    known, caller = KnownTasks(stored.database), Principal(id=stored.world.ann)
    wanted = TaskFilter(order=order, condition=ARCHIVED_TOO if archived_too else None)
    page = await list_filtered(known, caller, wanted, after, length)

    assert [one.task.key for one in page] == [task.key for task in expected[start + 1 : start + 1 + length]]


def _sorted(tasks: list[Task], order: tuple[SortKey, ...]) -> list[Task]:
    """One stable sort after the other, the last field first; what is missing comes last."""
    found = sorted(tasks, key=lambda task: task.id, reverse=order[-1].is_descending)
    for key in reversed(order):
        value = _value(key.field)
        present = [task for task in found if value(task) is not None]
        missing = [task for task in found if value(task) is None]
        found = sorted(present, key=value, reverse=key.is_descending) + missing  # type: ignore[arg-type] # all of one kind
    return found


def _value(field: str) -> Callable[[Task], object]:
    read = FIELDS[field].read
    return (lambda task: fold(task.title)) if field == "title" else read
