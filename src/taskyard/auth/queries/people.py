"""Statements on people."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from taskyard.auth.models import Profile
from taskyard.contracts.people import Person, Recipient
from taskyard.kit.database import Statements

NewPerson: TypeAlias = tuple[str, str, str, str, str | None, datetime, bool]
"""id, e-mail address, the address folded, name, password hash or none, time, whether the address must be verified."""


class KnownPassword(msgspec.Struct, frozen=True):
    """A person's password, and what else their account asks for."""

    person_id: str
    password_hash: str
    credentials_version: int
    second_factors: list[str]
    awaits_verification: bool
    device_id: str | None
    """The device that asks, where the person has used it before."""


async def insert_person(tx: Statements, values: NewPerson) -> Profile | None:
    """Write a new account; None when the folded address is taken."""
    row = await tx.fetch_row(
        """
        INSERT INTO people (id, email, email_folded, name, password_hash, created_at, updated_at, awaits_verification)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT (email_folded) DO NOTHING
        RETURNING id::text, email, name, time_zone, locale, created_at, updated_at, version
        """,
        *values,
    )
    return Profile(*row) if row else None


async def find_profile(db: Statements, person_id: str) -> Profile | None:
    """One enabled person."""
    row = await db.fetch_row(
        """
        SELECT id::text, email, name, time_zone, locale, created_at, updated_at, version
          FROM people WHERE id = $1 AND disabled_at IS NULL
        """,
        person_id,
    )
    return Profile(*row) if row else None


async def find_profile_for_update(tx: Statements, person_id: str) -> Profile | None:
    """One enabled person, locked for a change."""
    row = await tx.fetch_row(
        """
        SELECT id::text, email, name, time_zone, locale, created_at, updated_at, version
          FROM people WHERE id = $1 AND disabled_at IS NULL FOR UPDATE
        """,
        person_id,
    )
    return Profile(*row) if row else None


async def update_profile(tx: Statements, profile: Profile) -> None:
    """Store what people may change about themselves."""
    await tx.execute(
        """
        UPDATE people SET name = $2, time_zone = $3, locale = $4, updated_at = $5, version = $6 WHERE id = $1
        """,
        profile.id,
        profile.name,
        profile.time_zone,
        profile.locale,
        profile.updated_at,
        profile.version,
    )


async def find_password(db: Statements, email_folded: str, device_hash: bytes) -> KnownPassword | None:
    """What signing in needs to know of an enabled person who has a password."""
    row = await db.fetch_row(
        """
        SELECT id::text, password_hash, credentials_version,
               ARRAY(SELECT 'totp' FROM totp t WHERE t.person_id = p.id AND t.confirmed_at IS NOT NULL
                     UNION ALL SELECT 'passkey' WHERE EXISTS (SELECT FROM passkeys k WHERE k.person_id = p.id)),
               awaits_verification,
               (SELECT d.id::text FROM known_devices d WHERE d.token_hash = $2 AND d.person_id = p.id)
          FROM people p WHERE email_folded = $1 AND disabled_at IS NULL AND password_hash IS NOT NULL
        """,
        email_folded,
        device_hash,
    )
    return KnownPassword(*row) if row else None


async def renew_credentials(tx: Statements, person_id: str) -> None:
    """Make sign-ins that were begun with the credentials of before come to nothing."""
    await tx.execute("UPDATE people SET credentials_version = credentials_version + 1 WHERE id = $1", person_id)


async def is_email_verified(db: Statements, person_id: str) -> bool:
    """Whether a person proved that their address is theirs."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM people WHERE id = $1 AND email_verified_at IS NOT NULL)", person_id
        )
    )


async def find_person_by_email(db: Statements, email_folded: str) -> Person | None:
    """One enabled person as other services know them."""
    row = await db.fetch_row(
        "SELECT id::text, email, name FROM people WHERE email_folded = $1 AND disabled_at IS NULL", email_folded
    )
    return Person(*row) if row else None


async def find_recipient_by_email(db: Statements, email_folded: str) -> Recipient | None:
    """One enabled person as mail needs to know them."""
    row = await db.fetch_row(
        """
        SELECT id::text, email, name, time_zone, locale FROM people
         WHERE email_folded = $1 AND disabled_at IS NULL
        """,
        email_folded,
    )
    return Recipient(*row) if row else None


async def set_password(tx: Statements, person_id: str, credentials_version: int, password_hash: str) -> bool:
    """Store a new password; False when the credentials have changed since that version."""
    row = await tx.fetch_row(
        """
        UPDATE people SET password_hash = $3, credentials_version = credentials_version + 1
         WHERE id = $1 AND credentials_version = $2 AND disabled_at IS NULL RETURNING 1
        """,
        person_id,
        credentials_version,
        password_hash,
    )
    return row is not None


async def verify_email(tx: Statements, person_id: str, at: datetime) -> bool:
    """Note that a person's address is theirs; False when that was known."""
    row = await tx.fetch_row(
        """
        UPDATE people SET email_verified_at = $2, awaits_verification = false
         WHERE id = $1 AND email_verified_at IS NULL RETURNING 1
        """,
        person_id,
        at,
    )
    return row is not None


async def change_email(tx: Statements, profile: Profile, email_folded: str, verified_at: datetime | None) -> None:
    """Store a person's other address. Raises DuplicateRow when the folded address is taken."""
    await tx.execute(
        """
        UPDATE people SET email = $2, email_folded = $3, email_verified_at = $4, updated_at = $5, version = $6,
                          credentials_version = credentials_version + 1
         WHERE id = $1
        """,
        profile.id,
        profile.email,
        email_folded,
        verified_at,
        profile.updated_at,
        profile.version,
    )


async def is_any_email_taken(db: Statements, emails_folded: list[str]) -> bool:
    """Whether somebody has one of these addresses, enabled or not."""
    return bool(
        await db.fetch_value("SELECT EXISTS (SELECT FROM people WHERE email_folded = ANY($1::text[]))", emails_folded)
    )


async def list_people(db: Statements, ids: list[str]) -> list[Person]:
    """People as other services know them, disabled ones too: what they wrote keeps their name."""
    rows = await db.fetch("SELECT id::text, email, name FROM people WHERE id = ANY($1::uuid[]) ORDER BY id", ids)
    return [Person(*row) for row in rows]


async def list_recipients(db: Statements, ids: list[str]) -> list[Recipient]:
    """Enabled people as mail needs to know them."""
    rows = await db.fetch(
        """
        SELECT id::text, email, name, time_zone, locale FROM people
         WHERE id = ANY($1::uuid[]) AND disabled_at IS NULL ORDER BY id
        """,
        ids,
    )
    return [Recipient(*row) for row in rows]
