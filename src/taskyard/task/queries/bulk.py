"""Statements that find the tasks of a change of many, as lists find them."""

from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.long_jobs import LongJob
from taskyard.task.models.tasks import Task, TaskFilter
from taskyard.task.queries.columns import TASK, task_of
from taskyard.task.queries.conditions import Values
from taskyard.task.queries.filtered import rows_wanted
from taskyard.task.queries.orders import order_by


async def count_matching(db: Statements, caller: Principal, workspace_id: str, wanted: TaskFilter, most: int) -> int:
    """How many tasks of a workspace a query finds, counted up to ``most``."""
    values = Values(caller.access_id, caller.project_ids)
    rows = f"{rows_wanted(wanted, values)} AND t.workspace_id = {values.bind(workspace_id, 'uuid')}"
    sql = f"SELECT count(*) FROM ({rows} LIMIT {values.bind(most, 'bigint')}) counted"
    count: int = await db.fetch_value(sql, *values.all)
    return count


async def list_matching(
    db: Statements, caller: Principal, workspace_id: str, wanted: TaskFilter, limit: int
) -> list[Task]:
    """The first of these tasks, in the order of the query."""
    values = Values(caller.access_id, caller.project_ids)
    rows = f"{rows_wanted(wanted, values, TASK)} AND t.workspace_id = {values.bind(workspace_id, 'uuid')}"
    sql = f"{rows} ORDER BY {order_by(wanted.order, 't')} LIMIT {values.bind(limit, 'bigint')}"
    return [task_of(row) for row in await db.fetch(sql, *values.all)]


async def insert_wholes_matching(tx: Statements, caller: Principal, job: LongJob, wanted: TaskFilter, most: int) -> int:
    """Write down the same, but for those that are parts of others among them; how many there are."""
    values = Values(caller.access_id, caller.project_ids)
    order = order_by(wanted.order, "t")
    rows = rows_wanted(wanted, values, f"t.id, row_number() OVER (ORDER BY {order}) AS place")
    workspace_id, job_id = values.bind(job.workspace_id, "uuid"), values.bind(job.id, "uuid")
    tag = await tx.execute(
        f"""
        WITH RECURSIVE found AS MATERIALIZED (
            {rows} AND t.workspace_id = {workspace_id} ORDER BY place LIMIT {values.bind(most, "bigint")}
        ), line AS (
            SELECT f.id, t.parent_id FROM found f JOIN tasks t ON t.workspace_id = {workspace_id} AND t.id = f.id
             UNION
            SELECT line.id, p.parent_id
              FROM line JOIN tasks p ON p.workspace_id = {workspace_id} AND p.id = line.parent_id
        )
        INSERT INTO long_job_items (workspace_id, job_id, place, task_id)
        SELECT {workspace_id}, {job_id}, row_number() OVER (ORDER BY f.place), f.id FROM found f
         WHERE f.id NOT IN (SELECT line.id FROM line JOIN found w ON w.id = line.parent_id)
        """,
        *values.all,
    )
    return int(tag.rpartition(" ")[2])


async def insert_matching(tx: Statements, caller: Principal, job: LongJob, wanted: TaskFilter, most: int) -> int:
    """Write down the tasks of a job, in the order of the query; how many there are, counted up to ``most``."""
    values = Values(caller.access_id, caller.project_ids)
    order = order_by(wanted.order, "t")
    rows = rows_wanted(wanted, values, f"t.id, row_number() OVER (ORDER BY {order}) AS place")
    workspace_id, job_id = values.bind(job.workspace_id, "uuid"), values.bind(job.id, "uuid")
    tag = await tx.execute(
        f"""
        INSERT INTO long_job_items (workspace_id, job_id, place, task_id)
        SELECT {workspace_id}, {job_id}, found.place, found.id
          FROM ({rows} AND t.workspace_id = {workspace_id} ORDER BY place LIMIT {values.bind(most, "bigint")}) found
        """,
        *values.all,
    )
    return int(tag.rpartition(" ")[2])
