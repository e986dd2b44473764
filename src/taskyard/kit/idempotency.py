"""Idempotency-Key: a write that is repeated has one effect and one answer.

The key's row is written in the transaction of the effect. While a request with the key is being
carried out, others are told so at once (409): no connection waits. Answers are kept for 24 hours; one that holds a
secret is sealed, so that only who repeats the request with its key can read it.
"""

import hashlib
from datetime import timedelta
from typing import Any

import msgspec

from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.principal import PRINCIPAL
from taskyard.kit.problems import IdempotencyKeyInUse, IdempotencyKeyReused, invalid
from taskyard.kit.queries import idempotency as queries
from taskyard.kit.requests import client_address, header
from taskyard.kit.sealing import Sealer

KEEP = timedelta(hours=24)
_MAX_KEY_LENGTH = 255


class Answer(msgspec.Struct, frozen=True):
    """A response as it went out: what is stored, and what is replayed."""

    status: int
    headers: dict[str, str]
    body: bytes


class Claim(msgspec.Struct, frozen=True):
    """One use of a key: where it applies, and what was asked."""

    scope: bytes
    fingerprint: bytes
    sealer: Sealer | None = None

    @property
    def lock(self) -> int:
        """The advisory lock of the key."""
        return int.from_bytes(self.scope[:8], "big", signed=True)


def claim_of(scope: Any, body: bytes, sealer: Sealer | None = None) -> Claim | None:
    """The claim a request makes by its Idempotency-Key; None without the header.

    With a sealer, the stored answer is readable with the client's key only.
    """
    key = header(scope, b"idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _MAX_KEY_LENGTH or not key.isprintable():
        raise invalid("/headers/idempotency-key", "Idempotency-Key must be 1 to 255 printable characters.")
    principal = scope.get(PRINCIPAL)
    owner = f"principal:{principal.id}" if principal else f"address:{client_address(scope)}"
    parts = (owner, scope["method"], scope["path"], str(scope["query_string"], "latin-1"), key)
    content_type = (header(scope, b"content-type") or "").encode()
    return Claim(
        scope=hashlib.sha256("\0".join(parts).encode()).digest(),
        fingerprint=hashlib.sha256(content_type + b"\0" + body).digest(),
        sealer=None if sealer is None else sealer.shared_with(key),
    )


async def begin(tx: Transaction, claim: Claim) -> Answer | None:
    """Take the key for this transaction; the stored answer if the work was done before.

    Raises IdempotencyKeyInUse while another request holds it, IdempotencyKeyReused for another body.
    """
    if not await queries.try_lock(tx, claim.lock):
        raise IdempotencyKeyInUse
    row = await queries.find_answer(tx, claim.scope, clock.now() - KEEP)
    if row is None:
        return None
    if row["fingerprint"] != claim.fingerprint:
        raise IdempotencyKeyReused
    headers = msgspec.json.decode(row["headers"], type=dict[str, str])
    stored: bytes = row["body"]
    plain = stored if claim.sealer is None else claim.sealer.open(stored, claim.scope.hex())
    return Answer(row["status"], {**headers, "Idempotency-Replayed": "true"}, plain)


async def store(tx: Transaction, claim: Claim, answer: Answer) -> None:
    """Keep the answer with its effect."""
    headers = msgspec.json.encode(answer.headers).decode()
    body = answer.body if claim.sealer is None else claim.sealer.seal(answer.body, claim.scope.hex())
    stored = (answer.status, headers, body)
    await queries.insert_answer(tx, claim.scope, claim.fingerprint, stored, clock.now())
