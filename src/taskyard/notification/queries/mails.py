"""Statements on mails: which notifications go out with which."""

from datetime import datetime

from taskyard.contracts.access import CAN_BY_GRANT, PERMISSIONS_IN_WORKSPACE, VISIBLE_PROJECTS, Permission
from taskyard.kit.database import Statements
from taskyard.notification.models.mails import MailLine

_VISIBLE = VISIBLE_PROJECTS.format(who="$1", projects="NULL")
_GIVEN = CAN_BY_GRANT.format(row="n", task="n.task_id", who="$1", projects="NULL", needed=int(Permission.PROJECT_VIEW))
_AT_WORKSPACE = PERMISSIONS_IN_WORKSPACE.format(workspace="n.workspace_id", who="$1")


async def lock_notifications_to_mail(tx: Statements, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Notifications whose mail is due, longest first, locked: person and id. Index: notifications_to_mail."""
    rows = await tx.fetch(
        """
        -- tenant: nobody reads this; who gets a mail is asked for when it is written
        SELECT person_id::text, id::text FROM notifications
         WHERE mail_due_at <= $1 AND mail_id IS NULL ORDER BY mail_due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        now,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def assign_mails(tx: Statements, rows: list[tuple[str, str, str]]) -> None:
    """Note with which mail locked notifications go out: person, notification, mail."""
    await tx.execute(
        """
        -- tenant: the rows were locked by lock_notifications_to_mail
        UPDATE notifications n SET mail_id = w.mail_id
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS w (person_id, id, mail_id)
         WHERE n.person_id = w.person_id AND n.id = w.id
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def list_mail_lines(db: Statements, person_id: str, mail_id: str) -> list[MailLine]:
    """What a mail tells: what its reader still sees and has not read meanwhile, oldest first.

    What is archived since it was told was for the mail only.
    """
    rows = await db.fetch(
        f"""
        WITH visible AS ({_VISIBLE})
        SELECT n.reason, n.actor_id::text, coalesce(w.slug, ''), coalesce(p.key, ''), coalesce(h.key, ''),
               coalesce(h.title, ''), h.due_on, h.due_at
          FROM notifications n
          LEFT JOIN project.workspaces_v1 w ON w.workspace_id = n.workspace_id
          LEFT JOIN project.projects_v1 p ON p.workspace_id = n.workspace_id AND p.project_id = n.project_id
          LEFT JOIN task.headlines_v1 h ON h.workspace_id = n.workspace_id AND h.task_id = n.task_id
         WHERE n.mail_id = $2 AND n.person_id = $1
           AND (n.read_at IS NULL OR n.read_at = n.created_at)
           AND (n.task_id IS NULL OR h.task_id IS NOT NULL)
           AND CASE WHEN n.project_id IS NULL THEN {_AT_WORKSPACE} & {Permission.WORKSPACE_VIEW:d} <> 0
                    ELSE n.project_id IN (SELECT project_id FROM visible) OR {_GIVEN} END
         ORDER BY n.id
        """,
        person_id,
        mail_id,
    )
    return [MailLine(*row) for row in rows]


async def find_locale(db: Statements, person_id: str) -> str:
    """What a person reads; English where that is not known."""
    locale: str | None = await db.fetch_value("SELECT locale FROM auth.people_v1 WHERE person_id = $1", person_id)
    return locale or "en"
