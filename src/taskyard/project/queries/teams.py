"""Statements on teams and their members."""

from datetime import datetime

from taskyard.contracts.access import PERMISSIONS_IN_WORKSPACE, Permission
from taskyard.kit.database import Statements
from taskyard.project.models.teams import Team, TeamMember

_COLUMNS = "t.id::text, t.workspace_id::text, t.name, t.created_at, t.updated_at, t.version"
_FIND = f"""
    SELECT {_COLUMNS}, {PERMISSIONS_IN_WORKSPACE.format(workspace="t.workspace_id", who="$2")} AS permissions
      FROM teams t WHERE t.id = $1::uuid AND t.deleted_at IS NULL
"""
_MEMBER_COLUMNS = "id::text, workspace_id::text, team_id::text, person_id::text, created_at"


async def find_team(
    db: Statements, team_id: str, access_id: str, *, lock: bool = False
) -> tuple[Team, Permission] | None:
    """A team and what somebody may do in its workspace; ``lock`` keeps the row for a change."""
    row = await db.fetch_row(_FIND + " FOR NO KEY UPDATE OF t" if lock else _FIND, team_id, access_id)
    return (Team(*row[:-1]), Permission(row[-1])) if row else None


async def find_workspace_of_team(db: Statements, team_id: str) -> str | None:
    """The workspace that a team belongs to, dissolved or not."""
    workspace_id: str | None = await db.fetch_value(
        """
        -- tenant: names the workspace in which the caller's permissions are looked up next
        SELECT workspace_id::text FROM teams WHERE id = $1::uuid
        """,
        team_id,
    )
    return workspace_id


async def has_team(db: Statements, workspace_id: str, team_id: str) -> bool:
    """Whether a workspace has this team."""
    return bool(
        await db.fetch_value(
            """
            -- tenant: the workspace is locked with the caller's permissions
            SELECT EXISTS
                (SELECT 1 FROM teams WHERE workspace_id = $1::uuid AND id = $2::uuid AND deleted_at IS NULL)
            """,
            workspace_id,
            team_id,
        )
    )


async def list_teams(db: Statements, workspace_id: str, after: str, limit: int) -> list[Team]:
    """The teams of a workspace, oldest first."""
    rows = await db.fetch(
        f"""
        -- tenant: the workspace was found with the caller's permissions
        SELECT {_COLUMNS} FROM teams t
         WHERE t.workspace_id = $1::uuid AND t.deleted_at IS NULL AND t.id > $2::uuid
         ORDER BY t.id LIMIT $3
        """,
        workspace_id,
        after,
        limit,
    )
    return [Team(*row) for row in rows]


async def insert_team(tx: Statements, team: Team) -> None:
    """A new team. Raises DuplicateRow when the workspace has one of this name."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        INSERT INTO teams (workspace_id, id, name, name_folded, created_at, updated_at)
        VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6)
        """,
        team.workspace_id,
        team.id,
        team.name,
        team.name.casefold(),
        team.created_at,
        team.updated_at,
    )


async def update_team(tx: Statements, team: Team) -> None:
    """Write a team's present state. Raises DuplicateRow when the name is taken."""
    await tx.execute(
        """
        -- tenant: the team is locked with the caller's permissions
        UPDATE teams SET name = $3, name_folded = $4, updated_at = $5, version = $6
         WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        team.workspace_id,
        team.id,
        team.name,
        team.name.casefold(),
        team.updated_at,
        team.version,
    )


async def dissolve_team(tx: Statements, team: Team, at: datetime) -> None:
    """Move a team to the trash."""
    await tx.execute(
        """
        -- tenant: the team is locked with the caller's permissions
        UPDATE teams SET deleted_at = $3, updated_at = $3, version = $4
         WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        team.workspace_id,
        team.id,
        at,
        team.version,
    )


async def list_team_members(db: Statements, team: Team, after: str, limit: int) -> list[TeamMember]:
    """The people in a team, ordered by person."""
    rows = await db.fetch(
        f"""
        -- tenant: the team was found with the caller's permissions
        SELECT {_MEMBER_COLUMNS} FROM team_members
         WHERE workspace_id = $1::uuid AND team_id = $2::uuid AND person_id > $3::uuid
         ORDER BY person_id LIMIT $4
        """,
        team.workspace_id,
        team.id,
        after,
        limit,
    )
    return [TeamMember(*row) for row in rows]


async def insert_team_member(tx: Statements, member: TeamMember) -> None:
    """A new place in a team. Raises DuplicateRow for somebody who is in it already."""
    await tx.execute(
        """
        -- tenant: the team is locked with the caller's permissions
        INSERT INTO team_members (id, workspace_id, team_id, person_id, created_at)
        VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5)
        """,
        member.id,
        member.workspace_id,
        member.team_id,
        member.user_id,
        member.created_at,
    )


async def delete_team_member(tx: Statements, team: Team, person_id: str) -> TeamMember | None:
    """End somebody's place in a team; what it was, if any."""
    row = await tx.fetch_row(
        f"""
        -- tenant: the team is locked with the caller's permissions
        DELETE FROM team_members WHERE workspace_id = $1::uuid AND team_id = $2::uuid AND person_id = $3::uuid
        RETURNING {_MEMBER_COLUMNS}
        """,
        team.workspace_id,
        team.id,
        person_id,
    )
    return TeamMember(*row) if row else None


async def delete_members_of_team(tx: Statements, team: Team) -> list[TeamMember]:
    """End every place in a team; what they were."""
    rows = await tx.fetch(
        f"""
        -- tenant: the team is locked with the caller's permissions
        DELETE FROM team_members WHERE workspace_id = $1::uuid AND team_id = $2::uuid
        RETURNING {_MEMBER_COLUMNS}
        """,
        team.workspace_id,
        team.id,
    )
    return [TeamMember(*row) for row in rows]


async def delete_teams_of_person(tx: Statements, workspace_id: str, person_id: str) -> list[TeamMember]:
    """End every place that a person has in teams of a workspace; what they were."""
    rows = await tx.fetch(
        f"""
        -- tenant: the workspace is locked with the caller's permissions
        DELETE FROM team_members WHERE workspace_id = $1::uuid AND person_id = $2::uuid
        RETURNING {_MEMBER_COLUMNS}
        """,
        workspace_id,
        person_id,
    )
    return [TeamMember(*row) for row in rows]
