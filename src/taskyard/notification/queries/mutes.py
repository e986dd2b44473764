"""Statements on what people do not want to hear of: everybody's own, of what they see."""

from taskyard.contracts.access import CAN_AT_TASK, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.notification.models.mutes import Mute, MuteKind

_PERSON = PERSON.format(who="$1")
_SEES = CAN_AT_TASK.format(row="p", task="p.subject_id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PLACE = f"""
    place AS (
        SELECT p.subject_id
          FROM (SELECT workspace_id, project_id, project_id AS subject_id
                  FROM project.projects_v1 WHERE project_id = $3 AND $4 = 'project'
                 UNION ALL
                SELECT workspace_id, project_id, task_id
                  FROM task.headlines_v1 WHERE task_id = $3 AND $4 = 'task') p
         WHERE {_SEES}
    )"""
_STORE = f"""
    WITH {_PLACE}, written AS (
        INSERT INTO mutes (person_id, subject_id, kind, id, since) SELECT {_PERSON}, subject_id, $4, $5, $6 FROM place
        ON CONFLICT (person_id, subject_id) DO NOTHING
        RETURNING id
    )
    SELECT (SELECT id::text FROM written) FROM place
"""
_DELETE = f"""
    WITH {_PLACE}, deleted AS (
        DELETE FROM mutes m USING place WHERE m.person_id = {_PERSON} AND m.subject_id = place.subject_id RETURNING m.id
    )
    SELECT (SELECT id::text FROM deleted) FROM place
"""


async def insert_mute(tx: Statements, caller: Principal, mute: Mute, mute_id: str) -> tuple[str | None] | None:
    """Remember a mute: its id in a tuple, None in it when it was there before; no tuple when it is of nothing seen."""
    named = (caller.access_id, caller.project_ids, mute.subject_id, mute.kind)
    row = await tx.fetch_row(_STORE, *named, mute_id, mute.since)
    return None if row is None else (row[0],)


async def delete_mute(tx: Statements, caller: Principal, kind: MuteKind, subject_id: str) -> tuple[str | None] | None:
    """Forget a mute: the same answers, where None in the tuple means that there was none."""
    row = await tx.fetch_row(_DELETE, caller.access_id, caller.project_ids, subject_id, kind)
    return None if row is None else (row[0],)


async def list_mutes(db: Statements, person_id: str, after: str, limit: int) -> list[Mute]:
    """What a person muted, in the order of the ids of what it is."""
    rows = await db.fetch(
        """
        SELECT kind, subject_id::text, since FROM mutes
         WHERE person_id = $1 AND subject_id > $2 ORDER BY subject_id LIMIT $3
        """,
        person_id,
        after,
        limit,
    )
    return [Mute(*row) for row in rows]
