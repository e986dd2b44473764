"""The place of a new task: its project, the state it starts in, and its number."""

from taskyard.contracts.access import PERMISSIONS_IN_PROJECT, PERSON, Permission
from taskyard.kit.database import Database
from taskyard.kit.joint_trips import Joint
from taskyard.kit.principal import Principal
from taskyard.task.models.moves import Move
from taskyard.task.models.tasks import NewTask, Place
from taskyard.task.queries.moves import FREE, GOVERNED, WAY
from taskyard.task.queries.outsiders import OUTSIDERS
from taskyard.task.queries.terms import TERMS, TERMS_OF_NOTHING, terms_of

_PERMISSIONS = PERMISSIONS_IN_PROJECT.format(row="p", who="$1", projects="$2")
_TAKE = f"""
    WITH place AS MATERIALIZED (
        SELECT p.workspace_id, p.project_id, p.key AS project_key, p.archived_at IS NOT NULL AS is_archived,
               {_PERMISSIONS} AS permissions, {OUTSIDERS.format(ids="$4")} AS outsider_ids,
               s.key AS status, {{terms}}, {{move}}
          FROM project.projects_v1 p
          LEFT JOIN project.states_v2 s
            ON s.workspace_id = p.workspace_id AND s.project_id = p.project_id AND {{start}}
          {{way}}
         WHERE p.project_id = $3
    ), relaxed AS MATERIALIZED (
        -- this COMMIT need not reach the disk: that of the task does, and carries this one along
        SELECT set_config('synchronous_commit', 'off', true)
    ), numbered AS (
        INSERT INTO project_counters AS c (workspace_id, project_id, last_number)
        SELECT place.workspace_id, place.project_id, 1 FROM place CROSS JOIN relaxed
         WHERE NOT place.is_archived AND place.permissions & {int(Permission.TASK_CREATE)} <> 0
        ON CONFLICT (workspace_id, project_id) DO UPDATE SET last_number = c.last_number + 1
        RETURNING last_number
    )
    SELECT workspace_id::text, project_id::text, project_key, is_archived, permissions, outsider_ids,
           coalesce((SELECT last_number FROM numbered), 0), status, labels, fields, has_milestone, iteration_state,
           category, enforced_limit, is_governed, is_listed, is_permitted, required_fields
      FROM place
"""
_TERMS = {False: TERMS_OF_NOTHING, True: TERMS.format(labels="$6", milestone="$7", iteration="$8")}
# The state that nobody names is the default, where every task may start.
_BY_DEFAULT = {
    names: Joint(_TAKE.format(move=FREE, start="s.is_default AND $5::text IS NULL", way="", terms=terms))
    for names, terms in _TERMS.items()
}
_WAY = WAY.format(row="p", source="''", governed="NOT s.is_default", person=PERSON.format(who="$1"))
_BY_STATUS = {
    names: Joint(_TAKE.format(move=GOVERNED, start="s.key = $5", way=_WAY, terms=terms))
    for names, terms in _TERMS.items()
}


async def take_place(db: Database, caller: Principal, new: NewTask) -> Place | None:
    """The project of a new task, with the wanted or the default state, the caller's permissions and the next number.

    Who may not create tasks there takes no number. Creates wait for each other's number only as long as this takes.
    """
    names_parts = bool(new.label_ids or new.milestone_id or new.iteration_id)
    statement = _BY_DEFAULT[names_parts] if new.status is None else _BY_STATUS[names_parts]
    parts = (new.label_ids, new.milestone_id, new.iteration_id) if names_parts else ()
    named = (new.project_id, new.assignee_ids, new.status)
    row = await db.fetch_row_jointly(statement, new.project_id, caller.access_id, caller.project_ids, *named, *parts)
    return None if row is None else Place(Move(*row[12:]), terms_of(row), *row[:8])
