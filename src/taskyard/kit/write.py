"""The way of every write: one transaction, opened at the door.

It takes the Idempotency-Key, runs the action, stores the answer beside the effect, commits, and
only then speaks. Passwords are hashed and other services are called before coming here.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from litestar import Request, Response

from taskyard.kit import idempotency
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import etag, is_unchanged
from taskyard.kit.idempotency import Answer, Once, Repeated
from taskyard.kit.json_response import JsonResponse, encode_json
from taskyard.kit.problems import Problem
from taskyard.kit.requests import cause_of
from taskyard.kit.sealing import Sealer

T = TypeVar("T")

_FIELD = re.compile(r"\{(\w+)\}")


async def write(  # noqa: PLR0913 - the whole vocabulary of a write, by keyword
    request: Request[Any, Any, Any],
    database: Database,
    act: Callable[[Transaction], Awaitable[T]],
    *,
    recheck: Callable[[Transaction], Awaitable[object]] | None = None,
    recheck_answer: Callable[[Transaction, bytes], Awaitable[object]] | None = None,
    status: int = 200,
    location: str = "",
    sealer: Sealer | None = None,
    at_once: bool = False,
) -> Response[T]:
    """Carry out ``act`` in one transaction and answer with what it returns.

    ``recheck`` refuses a replay to a caller who has lost the permission since; ``recheck_answer`` does so
    where only the stored body says what it is about. ``location`` is a template over the result's fields,
    such as ``/api/v1/tasks/{id}``. A result of None answers 204. Of an answer that holds a secret, ``sealer`` seals
    what is stored. ``at_once`` is for what is mostly one statement, which keeps its answer itself: the key is taken by
    the first other statement, so nothing may be refused and gone on from before.
    """
    claim = idempotency.claim_of(request.scope, await request.body(), sealer)
    async with database.transaction(cause_of(request.scope)) as tx:
        if claim is None:
            return _response(_answer(await act(tx), status, location))
        once = Once(claim, lambda result: _answer(result, status, location))
        try:
            if not at_once:
                await once.take(tx)
            answer = await _act_once(tx, once, act)
        except Repeated as repeated:
            answer = repeated.answer
            if recheck is not None:
                await recheck(tx)
            if recheck_answer is not None:
                await recheck_answer(tx, answer.body)
    return _response(answer)


async def _act_once(tx: Transaction, once: Once, act: Callable[[Transaction], Awaitable[Any]]) -> Answer:
    """What ``act`` answers, done and kept. Raises Repeated for what was done before, whatever ``act`` says now."""
    tx.once = once
    try:
        result = await act(tx)
    except Problem:
        await once.take(tx)
        raise
    return await once.keep(tx, result)


def read(request: Request[Any, Any, Any], result: T) -> Response[T]:
    """Answer with one object and its ETag, or 304 when the client has this version."""
    version: int = getattr(result, "version")  # noqa: B009 - any versioned struct
    if is_unchanged(request.scope, version):
        return _response(Answer(304, {"ETag": etag(version)}, b""))
    return _response(_answer(result, 200, ""))


def _answer(result: Any, status: int, location: str) -> Answer:
    if result is None:
        return Answer(204, {}, b"")
    headers = {}
    version = getattr(result, "version", None)
    if version is not None:
        headers["ETag"] = etag(version)
    if location:
        headers["Location"] = _FIELD.sub(lambda field: str(getattr(result, field[1])), location)
    return Answer(status, headers, encode_json(result))


def _response(answer: Answer) -> Response[Any]:
    return JsonResponse(answer.body, status_code=answer.status, headers=answer.headers)
