"""A company with as many tasks as are wanted: written by SQL, for no API makes a million tasks in a minute."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, cast

import msgspec

from taskyard.kit.database import Statements
from taskyard.task.queries.search_index import index_tasks

PIECE = 2_500
"""Rows of one statement."""
BIG = 5
"""The first projects share half of the tasks, the others the rest."""


class Owner(Protocol):
    """A connection of the owner of the database."""

    async def execute(self, sql: str, *args: Any) -> Any: ...  # noqa: D102 - as asyncpg says
    async def fetch(self, sql: str, *args: Any) -> Any: ...  # noqa: D102 - as asyncpg says


class Company(msgspec.Struct, frozen=True):
    """Whose tasks are written: in which projects, and to whom they may be given."""

    workspace_id: str
    projects: Sequence[str]
    people: Sequence[str]


# The newest task is written last. Everything follows from the number n, so that every run has the same tasks; numbers
# of a hash keep one property from following another.
_TASKS = f"""
    INSERT INTO task.tasks (workspace_id, id, project_id, number, key, title, description, status, priority,
                            assignee_ids, label_ids, milestone_id, start_on, due_on, due_at, estimate, created_by,
                            created_at, updated_at, completed_at, rank)
    SELECT $1, uuidv7(make_interval(secs => -age)), ($2::uuid[])[place], n, 'P' || place || '-' || n,
           (ARRAY['Mend','Paint','Move','Check','Order','Clean','Sell','Draw'])[h[1] % 8 + 1] || ' '
             || (ARRAY['roof','wall','engine','garden','piano','ladder','window'])[h[2] % 7 + 1] || ' ' || n % 9973,
           'Look at every wheel, and note what squeaks; then oil it. Word ' || md5((h[3] % 4999)::text),
           CASE WHEN h[4] % 10 < 6 THEN 'done' WHEN h[4] % 1009 = 7 THEN 'cancelled'
                ELSE (ARRAY['backlog','todo','in_progress'])[h[4] % 3 + 1] END,
           h[5] % 5,
           CASE h[6] % 10 WHEN 0 THEN ARRAY[one, two] WHEN 1 THEN '{{}}' WHEN 2 THEN '{{}}' WHEN 3 THEN '{{}}'
                          ELSE ARRAY[one] END,
           CASE h[7] % 20 WHEN 1 THEN ARRAY[md5('label' || place || '/' || h[7] % 8)::uuid] ELSE '{{}}' END,
           CASE h[8] % 4 WHEN 1 THEN md5('milestone' || place || '/' || h[8] % 12)::uuid END,
           CASE h[9] % 3 WHEN 0 THEN day - h[9] % 14 END, CASE WHEN h[10] % 10 < 3 THEN day END,
           CASE h[10] % 10 WHEN 3 THEN day::timestamptz END, CASE h[11] % 6 WHEN 1 THEN h[11] % 21 END,
           one, $4 - make_interval(secs => age), $4 - make_interval(secs => age * h[12] / 1000.0),
           CASE WHEN h[4] % 10 < 6 THEN $4 - make_interval(secs => age * h[12] / 1000.0) END,
           lpad(n::text, 8, '0')
      FROM (SELECT n, h, ($7::bigint - n) * 17 AS age, ($4 AT TIME ZONE 'UTC')::date + h[13] % 181 - 120 AS day,
                   ($3::uuid[])[h[14] % cardinality($3::uuid[]) + 1] AS one,
                   ($3::uuid[])[h[15] % cardinality($3::uuid[]) + 1] AS two,
                   CASE h[16] % 2 WHEN 0 THEN h[17] % {BIG} + 1
                                  ELSE h[17] % (cardinality($2::uuid[]) - {BIG}) + {BIG} + 1 END AS place
              FROM (SELECT n, ARRAY(SELECT (hashint8extended(n, k) & 1048575)::integer % CASE k WHEN 12 THEN 1000
                                                                                       ELSE 1048576 END
                                      FROM generate_series(1, 17) AS k ORDER BY k) AS h
                      FROM generate_series($5::bigint, $6::bigint) AS n) AS numbered) AS made
"""  # noqa: S608 - our own number
_WITHOUT_WORDS = """
    SELECT t.id::text FROM task.tasks t
     WHERE NOT EXISTS (SELECT FROM task.search_documents d WHERE d.workspace_id = t.workspace_id AND d.id = t.id)
     ORDER BY t.id LIMIT $1
"""


async def write_tasks(owner: Owner, company: Company, span: tuple[int, int], now: datetime) -> None:
    """Write tasks numbered from the first to the last of a span; the last is as old as ``now``."""
    first, last = span
    for start in range(first, last + 1, PIECE):
        values = (company.workspace_id, list(company.projects), list(company.people), now)
        await owner.execute(_TASKS, *values, start, min(last, start + PIECE - 1), last)


async def write_words(owner: Owner) -> None:
    """Let the index of words take in every task it does not have, as its consumer would."""
    while ids := [row[0] for row in await owner.fetch(_WITHOUT_WORDS, PIECE)]:
        await index_tasks(cast(Statements, owner), ids)
