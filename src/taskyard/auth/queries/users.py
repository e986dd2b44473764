"""Statements of administrators on accounts, and on deleting one."""

from datetime import datetime

from taskyard.auth.models.users import User
from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements

_COLUMNS = """
    id::text, email, name, created_at, email_verified_at, disabled_at, is_administrator,
    EXISTS (SELECT FROM totp t WHERE t.person_id = people.id AND t.confirmed_at IS NOT NULL)
        OR EXISTS (SELECT FROM passkeys k WHERE k.person_id = people.id),
    version
"""


async def is_administrator(db: Statements, person_id: str) -> bool:
    """Whether an enabled person runs this deployment."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM people WHERE id = $1 AND is_administrator AND disabled_at IS NULL)", person_id
        )
    )


async def list_users(db: Statements, email_folded: str | None, after: str, limit: int) -> list[User]:
    """Accounts in the order of their ids: the one with an address, or all."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM people
         WHERE erased_at IS NULL AND ($1::text IS NULL OR email_folded = $1) AND id > $2::uuid ORDER BY id LIMIT $3
        """,
        email_folded,
        after,
        limit,
    )
    return [User(*row) for row in rows]


async def find_user(db: Statements, user_id: str) -> User | None:
    """One account, disabled or not."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM people WHERE id = $1 AND erased_at IS NULL", user_id)
    return User(*row) if row else None


async def find_user_for_update(tx: Statements, user_id: str) -> User | None:
    """One account, locked for a change."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM people WHERE id = $1 AND erased_at IS NULL FOR UPDATE OF people", user_id
    )
    return User(*row) if row else None


async def find_user_by_email_for_update(tx: Statements, email_folded: str) -> User | None:
    """The account with an address, locked for a change."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM people WHERE email_folded = $1 FOR UPDATE OF people", email_folded
    )
    return User(*row) if row else None


async def update_user(tx: Statements, user: User, at: datetime) -> None:
    """Store what administrators change about an account; sign-ins begun before come to nothing."""
    await tx.execute(
        """
        UPDATE people SET disabled_at = $2, is_administrator = $3, updated_at = $4, version = $5,
                          credentials_version = credentials_version + 1
         WHERE id = $1
        """,
        user.id,
        user.disabled_at,
        user.is_administrator,
        at,
        user.version,
    )


async def list_workspaces_owned_alone(db: Statements, person_id: str) -> list[str]:
    """The workspaces that would have nobody who may delete them without this person."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT w.workspace_id::text
          FROM project.subjects_v1 s
          JOIN project.workspace_access_v1 w ON w.workspace_id = s.workspace_id AND w.subject_id = s.subject_id
         WHERE s.person_id = $1 AND w.permissions & {Permission.WORKSPACE_DELETE:d} <> 0
           AND NOT EXISTS (
               SELECT FROM project.subjects_v1 o
                 JOIN project.workspace_access_v1 v ON v.workspace_id = o.workspace_id AND v.subject_id = o.subject_id
                WHERE o.workspace_id = s.workspace_id AND o.person_id <> $1
                  AND v.permissions & {Permission.WORKSPACE_DELETE:d} <> 0
                  AND NOT EXISTS (SELECT FROM project.service_accounts_v1 a WHERE a.account_id = o.person_id))
         ORDER BY 1
        """,
        person_id,
    )
    return [row[0] for row in rows]


async def erase_person(tx: Statements, person_id: str, at: datetime) -> int:
    """Forget who a person is; the version of what is left."""
    version: int = await tx.fetch_value(
        """
        UPDATE people
           SET email = id || '@deleted.invalid', email_folded = id || '@deleted.invalid', name = 'Deleted person',
               time_zone = 'UTC', locale = 'en', password_hash = NULL, email_verified_at = NULL,
               is_administrator = false, disabled_at = coalesce(disabled_at, $2), erased_at = $2, updated_at = $2,
               version = version + 1, credentials_version = credentials_version + 1
         WHERE id = $1 RETURNING version
        """,
        person_id,
        at,
    )
    return version


async def erase_traces(tx: Statements, person_id: str, at: datetime) -> None:
    """Forget where a person signed in from, their factors, links and keys, and who they are elsewhere."""
    await tx.execute(
        """
        WITH places AS (UPDATE sessions SET address = NULL, user_agent = NULL WHERE person_id = $1),
             apps AS (DELETE FROM totp WHERE person_id = $1),
             keys AS (DELETE FROM passkeys WHERE person_id = $1),
             devices AS (DELETE FROM known_devices WHERE person_id = $1),
             codes AS (DELETE FROM recovery_codes WHERE person_id = $1),
             half_way AS (DELETE FROM pending_sign_ins WHERE person_id = $1),
             links AS (DELETE FROM mail_links WHERE person_id = $1),
             elsewhere AS (DELETE FROM identities WHERE person_id = $1)
        UPDATE api_keys SET name = '', revoked_at = coalesce(revoked_at, $2), updated_at = $2, version = version + 1
         WHERE owner_id = $1
        """,
        person_id,
        at,
    )
