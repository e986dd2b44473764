"""Idempotency-Key: a write that is repeated has one effect and one answer.

The key's row is written in the transaction of the effect. While a request with the key is being
carried out, others are told so at once (409): no connection waits. What is one statement needs no claim: it keeps its
answer itself, and fails where another one is kept meanwhile. Answers are kept for 24 hours; one that holds a
secret is sealed, so that only who repeats the request with its key can read it.
"""

import hashlib
from collections.abc import Callable
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


class Repeated(Exception):  # noqa: N818 - says what happened: the work was done before, and this was the answer
    """The answer that is kept under the key."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Once:
    """What one request does once for its key. The key is taken by its first statement, if that does not do it all."""

    constraint = queries.KEY

    def __init__(self, claim: Claim, answer_of: Callable[[Any], Answer]) -> None:
        self._claim = claim
        self._answer_of = answer_of
        self._is_taken = False
        self._kept: Answer | None = None

    async def take(self, tx: Transaction) -> None:
        """Take the key for this transaction. Raises Repeated, or what ``begin`` raises."""
        if self._is_taken:
            return
        self._is_taken = True
        stored = await begin(tx, self._claim)
        if stored is not None:
            raise Repeated(stored)

    def values(self, result: Any) -> queries.KeptAnswer:
        """What a statement keeps that does it all, and answers with this result."""
        self._kept = self._answer_of(result)
        return _row(self._claim, self._kept)

    def give_up(self) -> None:
        """That statement wrote nothing."""
        self._kept = None

    async def keep(self, tx: Transaction, result: Any) -> Answer:
        """The answer, kept with its effect. Raises IdempotencyKeyInUse where another one is kept meanwhile."""
        if self._kept is not None:
            return self._kept
        await self.take(tx)
        answer = self._answer_of(result)
        if not await queries.insert_answer(tx, _row(self._claim, answer), clock.now() - KEEP):
            raise IdempotencyKeyInUse
        return answer


def _row(claim: Claim, answer: Answer) -> queries.KeptAnswer:
    headers = msgspec.json.encode(answer.headers).decode()
    body = answer.body if claim.sealer is None else claim.sealer.seal(answer.body, claim.scope.hex())
    return claim.scope, claim.fingerprint, answer.status, headers, body, clock.now()
