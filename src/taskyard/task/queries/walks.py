"""How a page of tasks is found among very many: along an index, for as many rows as the page has.

- The page of each visible project is found in an index and the pages are merged, so the cost grows with projects and
  with the page, not with tasks.
- Where there may be many projects, the first row of each is looked at first. Only those whose first rows fill the page
  have rows in it, and each has as many at most as places are left behind the first rows before its own.
- What leads to few tasks, such as a person to do them, has an index of its own, in the order of the latest change.
- Where a caller sees many projects of one workspace and the order is by the latest change, the latest tasks of the
  whole workspace mostly hold the page already; only where they do not the projects are asked one by one.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from taskyard.task.queries.archived import LIVE
from taskyard.task.queries.columns import TASK

MANY_PROJECTS = 8
"""From more than so many visible projects on the whole workspace is looked at first."""

_KEYS = """
    SELECT page.id::text, page.made_by, page.made_at FROM page ORDER BY {placed}
"""
_ROWS = """
    SELECT {columns} FROM page JOIN tasks t ON t.workspace_id = page.workspace_id AND t.id = page.id
     ORDER BY {placed}
"""
_WALK = """
    SELECT t.workspace_id, t.id, t.xmin AS made_by, t.updated_at AS made_at{columns} FROM tasks t
     WHERE t.workspace_id = v.workspace_id AND t.project_id = v.project_id AND {conditions}
     ORDER BY {order} LIMIT {limit}
"""
_PRESENT_FIRST = """
    WITH present AS MATERIALIZED ({present})
    SELECT * FROM present
     UNION ALL
    ({missing})
"""
_MERGED = """
    WITH visible AS MATERIALIZED ({visible}),
    page AS (
        SELECT k.* FROM visible v CROSS JOIN LATERAL ({walk}) k ORDER BY {merged} LIMIT {limit}
    )
"""
_NARROWED = """
    WITH visible AS MATERIALIZED ({visible}),
    nearest AS MATERIALIZED (
        SELECT v.workspace_id, v.project_id, {limit} + 1 - row_number() OVER (ORDER BY {merged}) AS room
          FROM (SELECT *, 1 AS room FROM visible) v
         CROSS JOIN LATERAL (SELECT k.* FROM ({walk}) k ORDER BY {merged} LIMIT 1) k
         ORDER BY {merged} LIMIT {limit}
    ),
    page AS (
        SELECT k.* FROM nearest v CROSS JOIN LATERAL ({walk}) k ORDER BY {merged} LIMIT {limit}
    )
"""
# IS TRUE keeps the planner from a join, before which it would read all rows instead of as many as the page takes.
_WIDE = """
    WITH visible AS MATERIALIZED ({visible}),
    latest AS MATERIALIZED (
        SELECT t.workspace_id, t.id, t.xmin AS made_by, t.updated_at AS made_at{columns}
          FROM (SELECT t.*, t.xmin FROM tasks t
                 WHERE t.workspace_id = (SELECT (array_agg(workspace_id))[1] FROM (
                           SELECT workspace_id, count(*) AS projects FROM visible GROUP BY workspace_id) seen
                        HAVING count(*) = 1 AND sum(projects) > {many})
                   AND {live}{beyond}
                 ORDER BY {order} LIMIT {looked_at}) t
         WHERE (t.project_id IN (SELECT project_id FROM visible)) IS TRUE AND {conditions}
         ORDER BY {order} LIMIT {limit}
    ),
    page AS (
        SELECT * FROM latest WHERE (SELECT count(*) FROM latest) = {limit}
         UNION ALL
        (SELECT k.* FROM visible v CROSS JOIN LATERAL ({walk}) k
          WHERE (SELECT count(*) FROM latest) < {limit} ORDER BY {merged} LIMIT {limit})
    )
"""  # by tasks_of_workspace_by_update

_ALONG_OWN = """
    WITH visible AS MATERIALIZED ({visible}),
    page AS (SELECT k.* FROM ({walked}) k ORDER BY {merged} LIMIT {limit})
"""
_WALK_OWN = """(
    SELECT t.workspace_id, t.id, t.xmin AS made_by, t.updated_at AS made_at{columns} FROM tasks t
     WHERE (t.project_id IN (SELECT project_id FROM visible)) IS TRUE AND {conditions}
     ORDER BY {order} LIMIT {limit}
)"""
_LED = """
    WITH visible AS MATERIALIZED ({visible}),
    led AS MATERIALIZED (
        SELECT t.workspace_id, t.project_id, t.id, t.xmin AS made_by, t.updated_at AS made_at{columns} FROM tasks t
         WHERE {conditions}
    ),
    page AS (
        SELECT k.* FROM led k JOIN visible v ON v.workspace_id = k.workspace_id AND v.project_id = k.project_id
         ORDER BY {merged} LIMIT {limit}
    )
"""  # materialized, or the planner would rather walk every visible project


class Path(NamedTuple):
    """The parts of a page's statement: what is asked of a row ``t``, and in which order the rows come."""

    visible: str
    """The projects to look into."""
    conditions: list[str]
    beyond: str
    """What a row has to be to follow the page before, where there is one."""
    columns: str
    """The sort values, as more columns."""
    order: str
    merged: str
    """The order of the merged pages of the projects, ``k``."""
    placed: str
    """The same of what is left of them, ``page``."""
    limit: str

    @property
    def asked(self) -> list[str]:
        """Everything a row of this page has to be."""
        return [*self.conditions, *([self.beyond] if self.beyond else [])]


def with_room(path: Path) -> Path:
    """The same for ``narrowed``, where each project ``v`` says how many rows of it there may be."""
    return path._replace(limit="v.room")


def walk(path: Path) -> str:
    """The first rows of one visible project ``v``, from an index that has the order."""
    return _WALK.format(
        columns=path.columns,
        conditions=" AND ".join(path.asked),
        order=path.order,
        limit=path.limit,
    )


def either(walks: Iterable[str]) -> str:
    """The rows of all walks together, of which each is along indexes of its own."""
    return " UNION ALL ".join(f"({walked})" for walked in walks)


def present_first(present: str, missing: Path) -> str:
    """Rows that have a value, and where these do not fill the page rows that have none."""
    unfilled = f"(SELECT count(*) FROM present) < {missing.limit}"
    return _PRESENT_FIRST.format(
        present=present, missing=walk(missing._replace(conditions=[*missing.conditions, unfilled]))
    )


class PageStatement(msgspec.Struct, frozen=True):
    """The statement of a page, up to what it reads of its tasks."""

    found: str
    placed: str

    @property
    def keys(self) -> str:
        """It reads which tasks there are, and as which transaction left them at what time."""
        return self.found + _KEYS.format(placed=self.placed)

    def rows(self, columns: str = TASK) -> str:
        """It reads the tasks themselves."""
        return self.found + _ROWS.format(columns=columns, placed=self.placed)


def merged(path: Path, walked: str) -> PageStatement:
    """The statement that merges what each visible project has."""
    return PageStatement(_MERGED.format(**path._asdict(), walk=walked), path.placed)


def narrowed(path: Path, walked: str) -> PageStatement:
    """The same for any number of projects, where only those are walked that have rows in the page (``with_room``)."""
    return PageStatement(_NARROWED.format(**path._asdict(), walk=walked), path.placed)


def along_workspace(path: Path, walked: str, looked_at: int) -> PageStatement:
    """The same, after a look at so many times the page of the latest tasks of the workspace."""
    parts = path._asdict() | {
        "conditions": " AND ".join(path.conditions),
        "beyond": f" AND {path.beyond}" if path.beyond else "",
    }
    look = f"{looked_at} * {path.limit}"
    return PageStatement(_WIDE.format(**parts, walk=walked, looked_at=look, many=MANY_PROJECTS, live=LIVE), path.placed)


def along_own(path: Path, leads: list[str]) -> PageStatement:
    """The statement that walks along the indexes of conditions, each of which has the order too."""
    walks = [_WALK_OWN.format(**path._asdict() | {"conditions": " AND ".join([lead, *path.asked])}) for lead in leads]
    return PageStatement(_ALONG_OWN.format(**path._asdict(), walked=" UNION ALL ".join(walks)), path.placed)


def led(path: Path) -> PageStatement:
    """The statement that gathers what a condition finds by an index of its own, and puts that in order."""
    return PageStatement(_LED.format(**path._asdict() | {"conditions": " AND ".join(path.asked)}), path.placed)
