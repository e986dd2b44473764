"""Statements on how people want to be told: everybody's own."""

from datetime import datetime

import msgspec

from taskyard.kit.database import Statements
from taskyard.kit.ids import new_id
from taskyard.notification.models.preferences import Chosen


class Stored(msgspec.Struct, frozen=True):
    """What somebody chose, with the zone their hours are of. Version 1 is the defaults, which have no row."""

    chosen: Chosen
    time_zone: str
    version: int


async def find_preferences(db: Statements, person_id: str) -> Stored:
    """What a person chose."""
    [row] = await db.fetch(
        """
        SELECT p.chosen, z.time_zone, p.version
          FROM (SELECT $1::uuid AS person_id) w
          LEFT JOIN preferences p ON p.person_id = w.person_id
          LEFT JOIN auth.people_v1 z ON z.person_id = w.person_id
        """,
        person_id,
    )
    return Stored(chosen_from(row[0]), row[1] or "UTC", row[2] or 1)


async def store_preferences(tx: Statements, person_id: str, stored: Stored, at: datetime) -> str | None:
    """Store what a person chose as the next version; the row's id, or None when that version is there already."""
    stored_id: str | None = await tx.fetch_value(
        """
        INSERT INTO preferences AS p (person_id, id, chosen, version, updated_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (person_id) DO UPDATE SET chosen = $3, version = $4, updated_at = $5 WHERE p.version = $4 - 1
        RETURNING p.id::text
        """,
        person_id,
        new_id(),
        msgspec.json.encode(stored.chosen).decode(),
        stored.version,
        at,
    )
    return stored_id


def chosen_from(text: str | None) -> Chosen:
    """What somebody chose, from its column; the defaults when that is empty."""
    return Chosen() if text is None else msgspec.json.decode(text, type=Chosen)
