"""Statements on the links that are mailed, of whose tokens only hashes are stored."""

from datetime import datetime
from typing import TypeAlias

from taskyard.auth.models.mail import LinkOwner, Purpose, UsedLink
from taskyard.kit.database import Statements

NewLink: TypeAlias = tuple[str, Purpose, str, str, bytes, datetime]
"""id, purpose, person, address, token hash, expiry."""

# A link is good for once, in its time, for an enabled account whose credentials are those of when it was made.
_GOOD = """
    l.token_hash = $1 AND l.purpose = ANY($2::text[]) AND l.used_at IS NULL AND l.expires_at > $3
    AND p.id = l.person_id AND p.disabled_at IS NULL AND p.credentials_version = l.credentials_version
"""


async def insert_link(tx: Statements, link: NewLink) -> None:
    """Write a link; one whose mail is sent again is good from then on."""
    await tx.execute(
        """
        INSERT INTO mail_links AS present (id, purpose, person_id, credentials_version, email, token_hash, expires_at)
        SELECT $1, $2, p.id, p.credentials_version, $4, $5, $6 FROM people p WHERE p.id = $3
        ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at WHERE present.used_at IS NULL
        """,
        *link,
    )


async def find_link_owner(db: Statements, token_hash: bytes, purposes: list[Purpose], at: datetime) -> LinkOwner | None:
    """Whose link this is, if it is still good."""
    row = await db.fetch_row(
        f"SELECT p.email, p.name FROM mail_links l, people p WHERE {_GOOD}", token_hash, purposes, at
    )
    return LinkOwner(*row) if row else None


async def use_link(tx: Statements, token_hash: bytes, purposes: list[Purpose], at: datetime) -> UsedLink | None:
    """Use up a link; None when it is not good. Of parallel uses one succeeds."""
    row = await tx.fetch_row(
        f"""
        UPDATE mail_links l SET used_at = $3 FROM people p WHERE {_GOOD}
        RETURNING l.person_id::text, l.credentials_version, l.purpose, l.email
        """,
        token_hash,
        purposes,
        at,
    )
    return UsedLink(*row) if row else None


async def delete_links_expired_before(db: Statements, instant: datetime) -> None:
    """Forget links that were no good any more at an instant."""
    await db.execute("DELETE FROM mail_links WHERE expires_at < $1", instant)
