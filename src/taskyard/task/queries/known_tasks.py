"""Tasks that were read before: a page asks PostgreSQL which tasks it holds, and reads those that are new or changed.

A task is known with the transaction that left it as it is, and when that was, so what is known is never out of date,
and nothing has to be told. Whether a caller sees a task is asked in the statement of the page, as always.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from taskyard.kit.database import Statements
from taskyard.kit.remembered import Remembered
from taskyard.task.models.tasks import Task
from taskyard.task.queries.columns import TASK, task_of
from taskyard.task.queries.walks import PageStatement

MOST_BYTES = 64 * 1024 * 1024
OVERHEAD = 500
"""Bytes of a task besides its JSON."""

_ROWS = f"""
    -- tenant: a statement that asked who sees them found these tasks as they still are, or they are not used
    SELECT {TASK}, t.rank, t.xmin FROM tasks t WHERE t.id = ANY($1::uuid[])
"""  # by tasks_by_id


class KnownTask(msgspec.Struct, frozen=True):
    """A task as answers hold it, which is what most pages are read for."""

    json: msgspec.Raw
    rank: str
    made_by: int
    made_at: datetime

    @property
    def task(self) -> Task:
        """The task itself."""
        return msgspec.json.decode(self.json, type=Task)

    def is_still(self, made_by: int, made_at: datetime) -> bool:
        """Whether the task is as this transaction left it; after a failover its number alone could be another's."""
        return self.made_by == made_by and self.made_at == made_at


def _known(row: asyncpg.Record) -> tuple[str, KnownTask]:
    task = task_of(row)
    return task.id, KnownTask(msgspec.Raw(msgspec.json.encode(task)), row[-2], row[-1], task.updated_at)


class KnownTasks:
    """The tasks that one process knows of a database."""

    def __init__(self, database: Statements) -> None:
        self.database = database
        self._known: Remembered[str, KnownTask] = Remembered(MOST_BYTES)

    async def read_page(self, statement: PageStatement, values: Sequence[object]) -> list[KnownTask]:
        """The tasks of a page, in its order: one statement where all are known, otherwise two.

        Where one is changed between these, the page is read as a whole: of what it has become nobody has asked yet
        whether the caller sees it.
        """
        rows = await self.database.fetch(statement.keys, *values)
        page, unknown = self._find(rows, {})
        if unknown:
            page, unknown = self._find(rows, await self._learn(unknown))
        if unknown:
            return [
                _known(row)[1] for row in await self.database.fetch(statement.rows(f"{TASK}, t.rank, t.xmin"), *values)
            ]
        return page

    def _find(self, rows: list[asyncpg.Record], learnt: Mapping[str, KnownTask]) -> tuple[list[KnownTask], list[str]]:
        """The tasks of rows that are known as they are, some of them just ``learnt``; and the ids of the others."""
        found, unknown, remembered = list[KnownTask](), list[str](), self._known.get
        for task_id, made_by, made_at in rows:
            known = learnt.get(task_id) or remembered(task_id)
            if known is not None and known.is_still(made_by, made_at):
                found.append(known)
            else:
                unknown.append(task_id)
        return found, unknown

    async def _learn(self, ids: list[str]) -> dict[str, KnownTask]:
        """Tasks as they are now, remembered from now on."""
        learnt = dict(map(_known, await self.database.fetch(_ROWS, ids)))
        for task_id, known in learnt.items():
            self._known.put(task_id, known, OVERHEAD + len(memoryview(known.json)))
        return learnt
