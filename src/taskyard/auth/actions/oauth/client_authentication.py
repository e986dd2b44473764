"""How a client proves who it is (RFC 6749, 2.3): by its secret in the header or in the body, or not at all.

Which of the two ways a client registered makes no difference: programs take the one they like, and either is as safe.
"""

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
    """What a request says of its client: who it is, and its secret; None where it has none."""

    client_id: str
    secret: str | None


def read_proof(authorization: str | None, fields: dict[str, str]) -> Proof:
    """The client of a request; a Bearer token says nothing of it. Raises InvalidClient, InvalidRequest for two ways."""
    in_body = fields.get("client_secret")
    if authorization is None or authorization[:7].lower() == "bearer ":
        if "client_id" not in fields:
            raise InvalidClient("The client did not say who it is.")
        return Proof(fields["client_id"], in_body)
    if in_body is not None:
        raise InvalidRequest("The client proves who it is in two ways at once.")
    client_id, secret = _basic(authorization)
    if fields.get("client_id", client_id) != client_id:
        raise InvalidRequest("The header and the body name different clients.")
    return Proof(client_id, secret)


async def authenticate_client(db: Statements, proof: Proof) -> RegisteredClient:
    """The client that proved who it is. Raises InvalidClient."""
    client = await find_client(db, proof.client_id) if is_id(proof.client_id) else None
    if client is None or not _is_right(proof.secret, client.secret_hash):
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


def _is_right(secret: str | None, known: bytes | None) -> bool:
    """Whether a secret is the client's; one that was never given a secret must not send any."""
    if secret is None or known is None:
        return secret is None and known is None
    return hmac.compare_digest(known, hash_of_secret(secret))


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
