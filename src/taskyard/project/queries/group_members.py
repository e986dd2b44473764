"""Statements on who is a member because a provider says that they are in a group."""

from taskyard.kit.database import Statements


async def list_workspaces_by_provider(tx: Statements, person_id: str, provider_id: str) -> list[str]:
    """Where somebody is a member by the groups of a provider."""
    rows = await tx.fetch(
        """
        -- tenant: the provider says of this person that they are in no group but some
        SELECT workspace_id::text FROM members WHERE person_id = $1::uuid AND group_provider_id = $2::uuid
        """,
        person_id,
        provider_id,
    )
    return [row[0] for row in rows]


async def list_places_by_provider(tx: Statements, provider_id: str, limit: int) -> list[tuple[str, str]]:
    """Workspaces with people who are members by the groups of a provider, in the order in which workspaces are locked.

    Reads index members_by_group_provider.
    """
    rows = await tx.fetch(
        """
        -- tenant: the provider was deleted, and with it what it says of anybody
        SELECT workspace_id::text, person_id::text FROM members WHERE group_provider_id = $1::uuid
         ORDER BY workspace_id, person_id LIMIT $2
        """,
        provider_id,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def follows_provider(tx: Statements, workspace_id: str, person_id: str, provider_id: str) -> bool:
    """Whether somebody is a member by the groups of a provider."""
    return bool(
        await tx.fetch_value(
            """
            -- tenant: the workspace is locked for what the provider says of this person
            SELECT EXISTS (SELECT FROM members WHERE workspace_id = $1::uuid AND person_id = $2::uuid
                                                 AND group_provider_id = $3::uuid)
            """,
            workspace_id,
            person_id,
            provider_id,
        )
    )


async def note_provider(tx: Statements, workspace_id: str, person_id: str, provider_id: str) -> None:
    """Remember that a membership follows the groups of a provider, until somebody gives it another role by hand."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the permissions of whoever said what the group brings
        UPDATE members SET group_provider_id = $3::uuid WHERE workspace_id = $1::uuid AND person_id = $2::uuid
        """,
        workspace_id,
        person_id,
        provider_id,
    )
