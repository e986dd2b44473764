"""Open invitations, as the project service would have mailed them."""

from datetime import timedelta
from secrets import token_urlsafe
from uuid import uuid4

from taskyard.contracts.invitations import hash_of_secret
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id


async def invite(owner: Database, email: str, *, days: int = 1) -> str:
    """Invite an address to a new workspace; the secret in the mail."""
    workspace, role, secret, now = new_id(), new_id(), token_urlsafe(32), clock.now()
    await owner.execute(
        "INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)"
        " VALUES ($1::uuid, $2, 'Acme', $1::uuid, $3, $3)",
        *(workspace, uuid4().hex, now),
    )
    await owner.execute(
        "INSERT INTO project.roles (workspace_id, id, key, name, permissions) VALUES ($1, $2, 'member', 'Member', 1)",
        *(workspace, role),
    )
    await owner.execute(
        "INSERT INTO project.invitations"
        " (workspace_id, id, email_folded, role_id, invited_by, created_at, expires_at, secret_hash)"
        " VALUES ($1::uuid, $2::uuid, $3, $4::uuid, $1::uuid, $5, $6, $7)",
        *(workspace, new_id(), email.casefold(), role, now, now + timedelta(days=days), hash_of_secret(secret)),
    )
    return secret


async def withdraw(owner: Database, secret: str) -> None:
    """Close an invitation."""
    await owner.execute("DELETE FROM project.invitations WHERE secret_hash = $1", hash_of_secret(secret))
