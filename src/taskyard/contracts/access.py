"""The access relation: who may do what where.

The project service keeps ``project.access_v1(workspace_id, project_id, subject_id, permissions)``
in the same transaction as its causes; ``project.subjects_v2(access_id, subject_id, workspace_id)``
lists whom a caller acts as: all that a person may under their id, and under another
(``Principal.access_id``) what they may without a second factor. It is used in two ways: EXISTS in the
statement for one row, and one CTE of visible projects that lists join. Nobody caches it, so a change
bites on the next statement. ``project.subjects_v1(person_id, ...)`` lists the people of a workspace.

``task.grants_v1(workspace_id, task_id, person_id, permissions)`` adds single tasks to that. Only what concerns one task
asks it: where its project says yes already, it is not looked at.
"""

from enum import IntFlag


class Permission(IntFlag):
    """What a role may allow. Stored as bits; a value is never reused."""

    PROJECT_VIEW = 1 << 0
    TASK_CREATE = 1 << 1
    TASK_EDIT = 1 << 2
    TASK_DELETE = 1 << 3
    COMMENT_CREATE = 1 << 4
    PROJECT_EDIT = 1 << 5
    PROJECT_MEMBERS = 1 << 6
    PROJECT_DELETE = 1 << 7
    WORKSPACE_VIEW = 1 << 16
    WORKSPACE_EDIT = 1 << 17
    WORKSPACE_MEMBERS = 1 << 18
    WORKSPACE_DELETE = 1 << 19
    PROJECT_CREATE = 1 << 20
    TEAM_MANAGE = 1 << 21
    WEBHOOK_MANAGE = 1 << 22


def holds(permissions: int, needed: Permission) -> bool:
    """Whether the bits that a statement read hold a permission. The flag's own ``&`` costs a microsecond."""
    return int.__and__(permissions, needed) != 0


IN_PROJECT = Permission(0xFFFF)
"""The bits that an access row of a project may hold."""

_VIEWER = Permission.PROJECT_VIEW | Permission.WORKSPACE_VIEW
_MEMBER = (
    _VIEWER
    | Permission.TASK_CREATE
    | Permission.TASK_EDIT
    | Permission.TASK_DELETE
    | Permission.COMMENT_CREATE
    | Permission.PROJECT_CREATE
)
_ADMIN = (
    _MEMBER
    | Permission.PROJECT_EDIT
    | Permission.PROJECT_MEMBERS
    | Permission.PROJECT_DELETE
    | Permission.WORKSPACE_EDIT
    | Permission.WORKSPACE_MEMBERS
    | Permission.TEAM_MANAGE
    | Permission.WEBHOOK_MANAGE
)

BUILT_IN_ROLES: dict[str, Permission] = {
    "owner": _ADMIN | Permission.WORKSPACE_DELETE,
    "admin": _ADMIN,
    "member": _MEMBER,
    "viewer": _VIEWER,
    "guest": Permission.PROJECT_VIEW | Permission.COMMENT_CREATE,
}

PERSON = "overlay({who}::uuid::text PLACING '7' FROM 15 FOR 1)::uuid"
"""The person behind an access id, for what a statement that asks the relation finds or makes of their own."""

VISIBLE_PROJECTS = """
    SELECT a.workspace_id, a.project_id, bit_or(a.permissions) AS permissions
      FROM project.subjects_v2 s
      JOIN project.access_v1 a ON a.subject_id = s.subject_id AND a.workspace_id = s.workspace_id
     WHERE s.access_id = {who}::uuid AND ({projects}::uuid[] IS NULL OR a.project_id = ANY({projects}::uuid[]))
     GROUP BY a.workspace_id, a.project_id
    HAVING bit_or(a.permissions) & 1 <> 0
"""
"""The projects a person sees, for the CTE of a list. Format with the numbers of the parameters
``who``, an access id, and ``projects`` (the credential's limit, NULL for none), such as ``$1`` and ``$2``."""

PERMISSIONS_IN_PROJECT = """(
    SELECT coalesce(bit_or(a.permissions), 0)
      FROM project.access_v1 a
      JOIN project.subjects_v2 s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
     WHERE a.workspace_id = {row}.workspace_id AND a.project_id = {row}.project_id
       AND s.access_id = {who}::uuid
       AND ({projects}::uuid[] IS NULL OR a.project_id = ANY({projects}::uuid[]))
)"""
"""All bits a person holds in the project of a row, zero when they do not see it."""

CAN_IN_PROJECT = """EXISTS (
    SELECT 1
      FROM project.access_v1 a
      JOIN project.subjects_v2 s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
     WHERE a.workspace_id = {row}.workspace_id AND a.project_id = {row}.project_id
       AND s.access_id = {who}::uuid AND a.permissions & {needed} <> 0
       AND ({projects}::uuid[] IS NULL OR a.project_id = ANY({projects}::uuid[]))
)"""
"""Whether a person holds one permission bit in the project of a row."""

_GRANTED = """
      FROM task.grants_v1 g
      JOIN project.subjects_v2 gs ON gs.workspace_id = g.workspace_id AND gs.subject_id = g.person_id
      JOIN project.projects_v1 gp ON gp.workspace_id = g.workspace_id AND gp.project_id = {row}.project_id
     WHERE g.workspace_id = {row}.workspace_id AND g.task_id = {task} AND gs.access_id = {who}::uuid
       AND ({projects}::uuid[] IS NULL OR {row}.project_id = ANY({projects}::uuid[]))
"""
"""A person's grant on one task, as long as they belong to the workspace and the project is not in the trash."""

PERMISSIONS_BY_GRANT = f"(SELECT coalesce(bit_or(g.permissions), 0) {_GRANTED})"
"""All bits that a person was given for the task ``task`` alone; the row has the task's workspace and project."""

CAN_BY_GRANT = f"EXISTS (SELECT 1 {_GRANTED} AND g.permissions & {{needed}} <> 0)"
"""Whether a person was given one permission bit for the task ``task``."""

PERMISSIONS_AT_TASK = f"({PERMISSIONS_IN_PROJECT} | {PERMISSIONS_BY_GRANT})"
"""All bits a person holds at a task: those of its project, and those they were given for it alone."""

CAN_AT_TASK = f"({CAN_IN_PROJECT} OR {CAN_BY_GRANT})"
"""Whether a person holds one permission bit at a task. Its grants are looked at where its project says no."""

PERMISSIONS_IN_WORKSPACE = """(
    SELECT coalesce(bit_or(a.permissions), 0)
      FROM project.workspace_access_v1 a
      JOIN project.subjects_v2 s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
     WHERE a.workspace_id = {workspace} AND s.access_id = {who}::uuid
)"""
"""All bits a person's role gives them in a workspace, zero for everybody who is no member. Format with
the column that holds the workspace's id and the number of the parameter ``who``."""

_SEES_PROJECT = CAN_IN_PROJECT.format(row="x", who="$1", projects="NULL", needed=int(Permission.PROJECT_VIEW))
_SEES_TASK = CAN_AT_TASK.format(
    row="x", task="x.task_id", who="$1", projects="NULL", needed=int(Permission.PROJECT_VIEW)
)
DEMANDED_WORKSPACE = """
    SELECT w.name
      FROM project.demanding_workspaces_v1 w
     WHERE w.workspace_id IN (SELECT s.workspace_id FROM project.subjects_v1 s WHERE s.person_id = $1::uuid)
       AND (w.slug = ANY($2::text[]) OR w.workspace_id::text = ANY($2::text[]) OR {elsewhere})
     LIMIT 1
"""
"""The workspace that asks for a second factor and holds what a person would see with one: any of the names ``$2`` of a
request, of which the ids are in ``$3`` too. Format with ``elsewhere``, whether anything else of ``w`` is named."""

DEMANDED_TASKS = """
            EXISTS (SELECT FROM project.projects_v1 x
                     WHERE x.workspace_id = w.workspace_id AND x.project_id::text = ANY($2::text[]) AND {sees_project})
            OR EXISTS (SELECT FROM {tasks} x
                        WHERE x.workspace_id = w.workspace_id AND x.task_id = ANY($3::uuid[]) AND {sees_task})
""".replace("{sees_project}", _SEES_PROJECT).replace("{sees_task}", _SEES_TASK)
"""Whether a project or a task of ``w`` is named. Format with the relation of ``tasks`` as ``task.places_v1`` is one."""

DEMANDED = DEMANDED_WORKSPACE.format(elsewhere=DEMANDED_TASKS)
"""The same where projects and tasks may be named. Format with the relation of ``tasks``."""
