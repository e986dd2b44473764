"""How a client proves who it is: by the one way it was registered with (RFC 6749, 2.3)."""

import hashlib
import hmac
from base64 import b64decode
from urllib.parse import unquote_plus

import msgspec

from taskyard.auth.errors.oauth import InvalidClient, InvalidRequest, UnauthorizedClient
from taskyard.auth.models.oauth import RegisteredClient
from taskyard.auth.queries.oauth_clients import find_client
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id


class Proof(msgspec.Struct, frozen=True):
    """What a request says of its client: who it is, by which way, and the secret."""

    client_id: str
    method: str
    secret: str = ""


def read_proof(authorization: str | None, fields: dict[str, str]) -> Proof:
    """The client of a request; a Bearer token says nothing of it. Raises InvalidClient, InvalidRequest for two ways."""
    in_body = fields.get("client_secret")
    if authorization is None or authorization[:7].lower() == "bearer ":
        if "client_id" not in fields:
            raise InvalidClient("The client did not say who it is.")
        return Proof(fields["client_id"], "none" if in_body is None else "client_secret_post", in_body or "")
    if in_body is not None:
        raise InvalidRequest("The client proves who it is in two ways at once.")
    client_id, secret = _basic(authorization)
    if fields.get("client_id", client_id) != client_id:
        raise InvalidRequest("The header and the body name different clients.")
    return Proof(client_id, "client_secret_basic", secret)


async def authenticate_client(db: Statements, proof: Proof) -> RegisteredClient:
    """The client that proved who it is. Raises InvalidClient."""
    client = await find_client(db, proof.client_id) if is_id(proof.client_id) else None
    if client is None or client.auth_method != proof.method:
        raise InvalidClient
    if client.secret_hash is not None and not hmac.compare_digest(client.secret_hash, hash_of_secret(proof.secret)):
        raise InvalidClient
    return client


def require_grant_type(client: RegisteredClient, grant_type: str) -> None:
    """Refuse a way that the client was not registered for. Raises UnauthorizedClient."""
    if grant_type not in client.grant_types:
        raise UnauthorizedClient


def require_confidential(client: RegisteredClient) -> None:
    """Refuse a client that cannot keep a secret. Raises InvalidClient."""
    if client.secret_hash is None:
        raise InvalidClient("Only a client with a secret may ask that.")


def hash_of_secret(secret: str) -> bytes:
    """What is stored of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        text = ""
    client_id, colon, secret = text.partition(":")
    if kind.lower() != "basic" or not colon:
        raise InvalidClient("The Authorization header cannot be read.")
    return unquote_plus(client_id), unquote_plus(secret)
