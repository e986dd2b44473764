"""/.well-known/jwks.json: the public keys of access tokens."""

import msgspec
from litestar import Response, get

from taskyard.auth.models import JsonWebKeySet
from taskyard.auth.queries.signing_keys import list_public_keys
from taskyard.auth.routes.provided import Store


@get("/.well-known/jwks.json", tags=["Sign-in"])
async def get_key_set(database: Store) -> Response[JsonWebKeySet]:
    """The public keys by which access tokens are verified (RFC 7517), those to come included."""
    keys = [msgspec.json.decode(key, type=dict[str, str]) for key in await list_public_keys(database)]
    return Response(JsonWebKeySet(keys), headers={"Cache-Control": "public, max-age=60"})
