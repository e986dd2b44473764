"""Statements on open invitations; an accepted or withdrawn one is gone."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.project.models.invitations import Invited
from taskyard.project.models.workspaces import Invitation, InvitationFacts

_SELECT = """
    SELECT i.id::text, i.workspace_id::text, i.email_folded, i.role_id::text, r.key, i.invited_by::text, i.created_at,
           i.expires_at
      FROM invitations i
      JOIN roles r ON r.workspace_id = i.workspace_id AND r.id = i.role_id
      JOIN workspaces w ON w.id = i.workspace_id AND w.deleted_at IS NULL
"""


async def insert_invitation(tx: Statements, invitation: Invitation) -> None:
    """A new invitation. Raises DuplicateRow when the address has one already."""
    await tx.execute(
        """
        -- tenant: the workspace is locked with the caller's permissions
        INSERT INTO invitations (workspace_id, id, email_folded, role_id, invited_by, created_at, expires_at)
        VALUES ($1::uuid, $2::uuid, $3, $4::uuid, $5::uuid, $6, $7)
        """,
        invitation.workspace_id,
        invitation.id,
        invitation.email,
        invitation.role_id,
        invitation.invited_by,
        invitation.created_at,
        invitation.expires_at,
    )


async def count_invitations(tx: Statements, workspace_id: str) -> int:
    """How many invitations of a workspace are open."""
    count: int = await tx.fetch_value(
        """
        -- tenant: the workspace is locked with the caller's permissions
        SELECT count(*) FROM invitations WHERE workspace_id = $1::uuid
        """,
        workspace_id,
    )
    return count


async def list_invitations(db: Statements, workspace_id: str, at: datetime, after: str, limit: int) -> list[Invitation]:
    """The open invitations of a workspace, oldest first."""
    rows = await db.fetch(
        f"""
        {_SELECT}
         -- tenant: the workspace was found with the caller's permissions
         WHERE i.workspace_id = $1::uuid AND i.id > $2::uuid AND i.expires_at > $3 ORDER BY i.id LIMIT $4
        """,
        workspace_id,
        after,
        at,
        limit,
    )
    return [Invitation(*row) for row in rows]


async def list_invitations_to(db: Statements, email: str, at: datetime) -> list[Invitation]:
    """The open invitations of one address, at most 200, oldest first."""
    rows = await db.fetch(
        f"""
        {_SELECT}
         -- tenant: an invitation belongs to the owner of its address
         WHERE i.email_folded = $1 AND i.expires_at > $2 ORDER BY i.id LIMIT 200
        """,
        email,
        at,
    )
    return [Invitation(*row) for row in rows]


async def find_invitation(db: Statements, workspace_id: str, invitation_id: str) -> Invitation | None:
    """One open invitation of a workspace."""
    row = await db.fetch_row(
        f"""
        {_SELECT}
         -- tenant: the workspace was found with the caller's permissions
         WHERE i.workspace_id = $1::uuid AND i.id = $2::uuid
        """,
        workspace_id,
        invitation_id,
    )
    return Invitation(*row) if row else None


async def find_invited(db: Statements, workspace_id: str, invitation_id: str, now: datetime) -> Invited | None:
    """What an invitation says, while it is open."""
    row = await db.fetch_row(
        """
        -- tenant: a job tells it to the invited address, which is the invitation's own
        SELECT i.email_folded, i.invited_by::text, w.name, i.created_at
          FROM invitations i JOIN workspaces w ON w.id = i.workspace_id AND w.deleted_at IS NULL
         WHERE i.workspace_id = $1::uuid AND i.id = $2::uuid AND i.expires_at > $3
        """,
        workspace_id,
        invitation_id,
        now,
    )
    return Invited(*row) if row else None


async def keep_secret_hash(db: Statements, workspace_id: str, invitation_id: str, secret_hash: bytes) -> None:
    """Note the secret by which whoever is mailed the invitation may register; repeating it changes nothing."""
    await db.execute(
        """
        -- tenant: a job tells it to the invited address, which is the invitation's own
        UPDATE invitations SET secret_hash = $3 WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        workspace_id,
        invitation_id,
        secret_hash,
    )


async def find_invitation_in(db: Statements, workspace_id: str, email: str) -> Invitation | None:
    """The open invitation of an address to a workspace."""
    row = await db.fetch_row(
        f"""
        {_SELECT}
         -- tenant: the workspace is locked with the caller's permissions
         WHERE i.workspace_id = $1::uuid AND i.email_folded = $2
        """,
        workspace_id,
        email,
    )
    return Invitation(*row) if row else None


async def find_invitation_to(db: Statements, email: str, invitation_id: str, at: datetime) -> Invitation | None:
    """One open invitation, if it was sent to this address."""
    row = await db.fetch_row(
        f"""
        {_SELECT}
         -- tenant: an invitation belongs to the owner of its address
         WHERE i.id = $1::uuid AND i.email_folded = $2 AND i.expires_at > $3
        """,
        invitation_id,
        email,
        at,
    )
    return Invitation(*row) if row else None


async def delete_expired(tx: Statements, at: datetime, workspace_id: str | None, limit: int) -> list[InvitationFacts]:
    """Close some invitations that have ended, of one workspace or of all."""
    rows = await tx.fetch(
        """
        -- tenant: what has ended is nobody's any more
        DELETE FROM invitations d USING (
            SELECT workspace_id, id FROM invitations
             WHERE expires_at <= $1 AND ($2::uuid IS NULL OR workspace_id = $2::uuid)
             ORDER BY expires_at LIMIT $3 FOR UPDATE SKIP LOCKED) o
         WHERE d.workspace_id = o.workspace_id AND d.id = o.id
        RETURNING d.id::text, d.workspace_id::text, d.role_id::text, d.invited_by::text
        """,
        at,
        workspace_id,
        limit,
    )
    return [InvitationFacts(*row) for row in rows]


async def delete_invitation(tx: Statements, workspace_id: str, invitation_id: str) -> bool:
    """Close an invitation; False when it was closed meanwhile."""
    tag = await tx.execute(
        """
        -- tenant: the invitation was found for the caller
        DELETE FROM invitations WHERE workspace_id = $1::uuid AND id = $2::uuid
        """,
        workspace_id,
        invitation_id,
    )
    return tag != "DELETE 0"
