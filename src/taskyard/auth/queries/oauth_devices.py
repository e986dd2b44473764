"""Statements on devices that wait for a person's word (RFC 8628)."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from taskyard.auth.models.oauth import Grant
from taskyard.kit.database import Statements

NewDevice: TypeAlias = tuple[bytes, bytes, str, list[str], str | None, datetime, int]
"""Hash of the device code, hash of the user code, client, scopes, resource, end, seconds between questions."""


class WaitingDevice(msgspec.Struct, frozen=True):
    """What a device waits for, as the person is asked."""

    client_id: str
    scopes: list[str]
    resource: str | None


class PolledDevice(msgspec.Struct, frozen=True):
    """A device that asks whether somebody has decided, locked."""

    scopes: list[str]
    resource: str | None
    expires_at: datetime
    pause_seconds: int
    polled_at: datetime | None
    decision: str | None
    person_id: str | None
    signed_in_at: datetime | None
    used_at: datetime | None


async def insert_device(tx: Statements, values: NewDevice) -> None:
    """Let a device wait. Raises DuplicateRow when its user code is another's."""
    await tx.execute(
        """
        INSERT INTO oauth_devices (device_hash, user_code_hash, client_id, scopes, resource, expires_at, pause_seconds)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        *values,
    )


async def find_waiting_device(db: Statements, user_code_hash: bytes, at: datetime) -> WaitingDevice | None:
    """The device that shows a code and still waits."""
    row = await db.fetch_row(
        """
        SELECT client_id::text, scopes, resource FROM oauth_devices
         WHERE user_code_hash = $1 AND expires_at > $2 AND decision IS NULL
        """,
        user_code_hash,
        at,
    )
    return WaitingDevice(*row) if row else None


async def decide_device(
    tx: Statements, user_code_hash: bytes, decision: Literal["allowed", "denied"], grant: Grant, at: datetime
) -> bool:
    """Store a person's word, once and in time."""
    row = await tx.fetch_row(
        """
        UPDATE oauth_devices SET decision = $2, person_id = $3, signed_in_at = $4
         WHERE user_code_hash = $1 AND expires_at > $5 AND decision IS NULL RETURNING 1
        """,
        user_code_hash,
        decision,
        grant.person_id,
        grant.signed_in_at,
        at,
    )
    return row is not None


async def find_device_for_update(tx: Statements, device_hash: bytes, client_id: str) -> PolledDevice | None:
    """A client's device that asks, locked: two questions at once take turns."""
    row = await tx.fetch_row(
        """
        SELECT scopes, resource, expires_at, pause_seconds, polled_at, decision, person_id::text, signed_in_at, used_at
          FROM oauth_devices WHERE device_hash = $1 AND client_id = $2 FOR UPDATE
        """,
        device_hash,
        client_id,
    )
    return PolledDevice(*row) if row else None


async def note_poll(tx: Statements, device_hash: bytes, at: datetime, pause_seconds: int) -> None:
    """Note when a device asked, and how long it must wait from now on."""
    await tx.execute(
        "UPDATE oauth_devices SET polled_at = $2, pause_seconds = $3 WHERE device_hash = $1",
        device_hash,
        at,
        pause_seconds,
    )


async def use_device(tx: Statements, device_hash: bytes, at: datetime) -> None:
    """Note that a device got its tokens."""
    await tx.execute("UPDATE oauth_devices SET used_at = $2 WHERE device_hash = $1", device_hash, at)


async def delete_devices_before(db: Statements, instant: datetime) -> None:
    """Forget devices whose time ended before an instant. Uses oauth_devices_by_expiry."""
    await db.execute("DELETE FROM oauth_devices WHERE expires_at < $1", instant)
