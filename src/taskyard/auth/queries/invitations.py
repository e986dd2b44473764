"""Statements on the invitations that the project service mailed."""

from datetime import datetime

from taskyard.kit.database import Statements


async def find_invited_email(db: Statements, secret_hash: bytes, at: datetime) -> str | None:
    """The folded address to which an open invitation with this secret was mailed."""
    email: str | None = await db.fetch_value(
        "SELECT email_folded FROM project.invited_v1 WHERE secret_hash = $1 AND expires_at > $2", secret_hash, at
    )
    return email
