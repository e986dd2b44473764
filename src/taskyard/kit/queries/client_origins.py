"""Where programs that run in a browser have their pages."""

from taskyard.kit.database import Statements


async def is_client_origin(db: Statements, origin: str) -> bool:
    """Whether a public OAuth client has a redirect address of exactly that origin."""
    return bool(await db.fetch_value("SELECT auth.is_client_origin_v1($1)", origin))
