"""Why nothing is found: who signed in without a second factor is told where that is what is missing.

The statements of a request say only that there is nothing to see. So the reason is looked for when a request has
failed, and costs nobody else anything.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response

from taskyard.kit.json_response import JsonResponse
from taskyard.kit.principal import Principal, find_principal
from taskyard.kit.problems import MfaRequired, Problem, Unavailable
from taskyard.kit.whole_request import WholeRequest

FindDemand = Callable[[str, list[str]], Awaitable[str | None]]
"""The name of what asks a person for a second factor and has one of these names; None where nothing does."""
Answer = Callable[[Request[Any, Any, Any], Problem], Response[Any]]
MOST_NAMES = 50


def explaining(find_demand: FindDemand, answer: Answer) -> Answer:
    """How NotFound is answered where a second factor may be what is missing."""

    def explain(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        caller = find_principal(request.scope)
        if caller is None or caller.access_id == caller.id or not isinstance(request, WholeRequest):
            return answer(request, problem)

        async def find_out() -> Response[Any]:
            return answer(request, await _reason(find_demand, caller, request) or problem)

        return _Explained(request, find_out)

    return explain


async def _reason(find_demand: FindDemand, caller: Principal, request: WholeRequest) -> MfaRequired | None:
    with contextlib.suppress(Unavailable):
        demanding = await find_demand(caller.id, _names(request))
        if demanding is not None:
            return demanded(demanding)
    return None


def demanded(workspace: str) -> MfaRequired:
    """How it is said that a workspace asks for a second factor."""
    return MfaRequired(
        f"The workspace {workspace!r} is open only to sign-ins with a second factor: set one up at "
        "/api/v1/me/mfa if you have none, and sign in again with it."
    )


def _names(request: WholeRequest) -> list[str]:
    """What a request may have named: the texts in its path, its query and at the top of its body."""
    body = list[object]()
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        decoded = msgspec.json.decode(request.body_so_far)
        body = list(decoded.values()) if isinstance(decoded, dict) else []
    found = [*request.path_params.values(), *request.query_params.values(), *body]
    return [text for text in found if isinstance(text, str) and "\0" not in text][:MOST_NAMES]


class _Explained(JsonResponse[None]):
    """An answer that is found out when it is sent."""

    __slots__ = ("_find_out", "_request")

    def __init__(self, request: Request[Any, Any, Any], find_out: Callable[[], Awaitable[Response[Any]]]) -> None:
        super().__init__(None)
        self._request = request
        self._find_out = find_out

    def to_asgi_response(self, *_: object, **__: object) -> Any:
        """What sends it."""
        return self._send

    async def _send(self, scope: Any, receive: Any, send: Any) -> None:
        response = await self._find_out()
        await response.to_asgi_response(None, self._request)(scope, receive, send)
