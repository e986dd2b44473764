"""Statements on the states of a project's tasks."""

from datetime import datetime

from taskyard.kit.changelog import announce_rows
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.queries.changelog import with_events
from taskyard.project.models.projects import Project
from taskyard.project.models.states import DEFAULT_STATE, DEFAULT_STATES, State

_COLUMNS = """
    s.id::text, s.workspace_id::text, s.project_id::text, s.key, s.name, s.category, s.rank, s.is_default,
    s.wip_limit, s.enforces_limit, s.version
"""
_DATA = """jsonb_build_object(
    'id', s.id, 'workspace_id', s.workspace_id, 'project_id', s.project_id, 'key', s.key, 'name', s.name,
    'category', s.category, 'rank', s.rank, 'is_default', s.is_default, 'wip_limit', s.wip_limit,
    'enforces_limit', s.enforces_limit, 'version', s.version)"""
_ANNOUNCED = f"""
    ), written AS (
        SELECT s.workspace_id, s.project_id, NULL::uuid AS audience_id, s.id AS resource_id, s.version, {_DATA} AS data
          FROM s ORDER BY s.rank
    )
"""


async def insert_default_states(tx: Transaction, project: Project, kind: str) -> None:
    """The states every project starts with, each with its event of type ``kind``."""
    keys, names, categories = zip(*DEFAULT_STATES, strict=True)
    sql = f"""
        -- tenant: the project is new
        WITH s AS (
            INSERT INTO states (workspace_id, project_id, id, key, name, category, rank, is_default)
            SELECT $1::uuid, $2::uuid, s.id, s.key, s.name, s.category, s.rank, s.key = $7
              FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
                   AS s (id, key, name, category, rank)
            RETURNING *
        {_ANNOUNCED}, {with_events("written", 8)}
        SELECT count(*) FROM written
    """
    ids = [new_id() for _ in keys]
    await announce_rows(tx, kind, sql, project.workspace_id, project.id, ids, keys, names, categories, DEFAULT_STATE)


async def list_states(db: Statements, project: Project) -> list[State]:
    """The states of a project's tasks, in their order."""
    rows = await db.fetch(
        f"""
        -- tenant: the project was found with the caller's permissions
        SELECT {_COLUMNS} FROM states s
         WHERE s.workspace_id = $1::uuid AND s.project_id = $2::uuid AND s.deleted_at IS NULL
         ORDER BY s.rank, s.id
        """,
        project.workspace_id,
        project.id,
    )
    return [State(*row) for row in rows]


async def insert_state(tx: Statements, state: State) -> None:
    """A new state."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        INSERT INTO states (workspace_id, project_id, id, key, name, category, rank, is_default, wip_limit,
                            enforces_limit)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10)
        """,
        state.workspace_id,
        state.project_id,
        state.id,
        state.key,
        state.name,
        state.category,
        state.rank,
        state.is_default,
        state.wip_limit,
        state.enforces_limit,
    )


async def update_state(tx: Statements, state: State) -> None:
    """Write the present form of a state."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE states SET name = $4, category = $5, rank = $6, is_default = $7, wip_limit = $8, enforces_limit = $9,
                          version = $10
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        state.workspace_id,
        state.project_id,
        state.id,
        state.name,
        state.category,
        state.rank,
        state.is_default,
        state.wip_limit,
        state.enforces_limit,
        state.version,
    )


async def delete_state(tx: Statements, state: State, successor_key: str, at: datetime) -> None:
    """End a state, and remember where its tasks go."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE states SET deleted_at = $5, successor_key = $4, is_default = false, version = $6
         WHERE workspace_id = $1::uuid AND project_id = $2::uuid AND id = $3::uuid
        """,
        state.workspace_id,
        state.project_id,
        state.id,
        successor_key,
        at,
        state.version,
    )
