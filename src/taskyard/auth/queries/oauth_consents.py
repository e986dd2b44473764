"""Statements on what people allowed clients."""

from datetime import datetime

from taskyard.kit.database import Statements


async def find_consent(db: Statements, person_id: str, client_id: str) -> list[str]:
    """The scopes a person allowed a client before."""
    scopes: list[str] | None = await db.fetch_value(
        "SELECT scopes FROM oauth_consents WHERE person_id = $1 AND client_id = $2", person_id, client_id
    )
    return scopes or []


async def upsert_consent(tx: Statements, person_id: str, client_id: str, scopes: list[str], at: datetime) -> None:
    """Remember that a person allowed a client these scopes, besides what they allowed before."""
    await tx.execute(
        """
        INSERT INTO oauth_consents AS present (person_id, client_id, scopes, granted_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (person_id, client_id) DO UPDATE SET granted_at = excluded.granted_at,
            scopes = ARRAY(SELECT DISTINCT unnest(present.scopes || excluded.scopes) AS scope ORDER BY scope)
        """,
        person_id,
        client_id,
        scopes,
        at,
    )


async def delete_consent_of_session(tx: Statements, session_id: str, person_id: str) -> None:
    """Forget what a person allowed the client of one of their sessions, where it is a client's."""
    await tx.execute(
        """
        DELETE FROM oauth_consents c USING sessions s
         WHERE s.id = $1 AND s.person_id = $2 AND c.client_id = s.client_id AND c.person_id = s.person_id
        """,
        session_id,
        person_id,
    )


async def delete_consents_to(tx: Statements, client_id: str) -> None:
    """Forget what anybody allowed a client."""
    await tx.execute("DELETE FROM oauth_consents WHERE client_id = $1", client_id)
