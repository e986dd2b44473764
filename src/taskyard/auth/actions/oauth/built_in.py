"""The client that is built in: the documentation page, on which people try requests out with tokens of their own."""

from taskyard.auth.actions.oauth.scopes import OPENID
from taskyard.auth.models.oauth import AUTHORIZATION_CODE, RegisteredClient
from taskyard.auth.queries.oauth_clients import upsert_client
from taskyard.contracts.documentation import CALLBACK, CLIENT_ID
from taskyard.contracts.scopes import SCOPES
from taskyard.kit import clock
from taskyard.kit.database import Database

NAME = "Taskyard API documentation"


async def keep_documentation_client(database: Database, public_url: str) -> None:
    """Register the page at the address of this deployment; nothing changes where it is so already."""
    now = clock.now()
    client = RegisteredClient(
        id=CLIENT_ID,
        owner_id=None,
        name=NAME,
        secret_hash=None,
        auth_method="none",
        redirect_uris=[public_url + CALLBACK],
        post_logout_redirect_uris=[],
        grant_types=[AUTHORIZATION_CODE],
        scopes=[OPENID, *SCOPES],
        resource=None,
        created_at=now,
        updated_at=now,
        version=1,
    )
    await upsert_client(database, client)
