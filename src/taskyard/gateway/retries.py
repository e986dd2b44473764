"""Which requests may be sent again after a try that failed, and what a failure means to the client."""

from typing import Literal, TypeAlias

import aiohttp

from taskyard.gateway.client_side import ClientSide
from taskyard.kit.asgi import Scope
from taskyard.kit.problems import DeadlineExceeded, OutcomeUnknown, Problem, Unavailable

Failure: TypeAlias = Literal["connection", "reset", "deadline", "answer"]

MOST_TRIES = 3
LONGEST_PAUSE = 0.1
"""Seconds before the only address there is is asked again."""
ELSEWHERE = frozenset({502, 503})
"""Answers that another address may know better; after a 504 there is no time to ask."""
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
_REPEATABLE_BY_KEY = frozenset({"PUT", "DELETE"})
"""Repeated only with an Idempotency-Key: with If-Match, a second try would be told that the first one was made."""


def failure_of(error: Exception) -> Failure:
    """What kind of failure an error before the answer is."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return "connection"
    return "deadline" if isinstance(error, TimeoutError) else "reset"


def may_repeat(failure: Failure, scope: Scope, client: ClientSide) -> bool:
    """Whether sending a request again is safe. Where no connection was made nothing was sent, so it always is."""
    if not client.is_untouched or failure == "deadline":
        return False
    return failure == "connection" or is_repeatable(scope)


def is_repeatable(scope: Scope) -> bool:
    """Whether a request that may have been carried out can be carried out again without anybody noticing."""
    if scope["method"] in _REPEATABLE:
        return True
    return scope["method"] in _REPEATABLE_BY_KEY and any(name == b"idempotency-key" for name, _ in scope["headers"])


def problem_of(failure: Failure, method: str) -> Problem:
    """What a failure before the answer means; a write that was sent may have been carried out."""
    if failure == "deadline":
        return DeadlineExceeded()
    return Unavailable() if failure == "connection" or method in _REPEATABLE else OutcomeUnknown()
