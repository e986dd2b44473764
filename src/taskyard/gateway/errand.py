"""One forwarded request: asked at one address, and where that fails and it is safe, at another."""

import asyncio

import aiohttp
from multidict import CIMultiDict

from taskyard.gateway.client_side import ClientSide
from taskyard.gateway.onward import read_short, send_back, target_at
from taskyard.gateway.patience import Patience
from taskyard.gateway.retries import (
    ELSEWHERE,
    LONGEST_PAUSE,
    MOST_TRIES,
    Failure,
    failure_of,
    is_repeatable,
    may_repeat,
    problem_of,
)
from taskyard.kit.asgi import Scope, Send
from taskyard.kit.deadlines import DEADLINE_HEADER, write_deadline
from taskyard.kit.loops import full_jitter
from taskyard.kit.upstreams.addresses import Address
from taskyard.kit.upstreams.upstream import Upstream, Visit

_DEADLINE = DEADLINE_HEADER.decode()


class Errand:
    """A request for a service, with everything its tries share."""

    def __init__(  # noqa: PLR0913 - what the tries share, by keyword
        self,
        upstream: Upstream,
        session: aiohttp.ClientSession,
        *,
        scope: Scope,
        headers: CIMultiDict[str],
        client: ClientSide,
        patience: Patience,
    ) -> None:
        self._upstream = upstream
        self._session = session
        self._scope = scope
        self._headers = headers
        self._client = client
        self._patience = patience
        self._tried: list[Address] = []
        self._is_answered = False

    async def run(self, send: Send, *, is_trial: bool) -> None:
        """Ask until there is an answer, and send it back. Raises the Problem where there is none."""
        address: Address | None = self._upstream.choose()
        while address is not None:
            with self._upstream.visit(address, is_trial=is_trial) as visit:
                address = await self._ask(visit, send)

    async def _ask(self, visit: Visit, send: Send) -> Address | None:
        """Ask at one address; where to ask next, or None when this was the answer."""
        self._tried.append(visit.address)
        try:
            async with self._session.request(
                self._scope["method"],
                target_at(visit.address.url, self._scope),
                headers=self._headers_for(visit.address),
                data=self._client.body(),
                allow_redirects=False,
            ) as response:
                _note_answer(visit, response)
                other = self._other("answer") if response.status in ELSEWHERE else None
                if other is None:
                    whole = await read_short(response)
                    self._is_answered = True
                    self._patience.note_answer()
                    await send_back(response, whole, send)
                return other
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return await self._after(error, visit)
        except asyncio.CancelledError:
            if self._patience.is_late:
                visit.note_failure("deadline")
            raise

    def _headers_for(self, address: Address) -> CIMultiDict[str]:
        left = self._patience.left()
        if left is not None:
            self._headers[_DEADLINE] = write_deadline(left)
        if address.name:
            self._headers["Host"] = address.name
        return self._headers

    async def _after(self, error: Exception, visit: Visit) -> Address:
        """Where to ask after a failure. Raises what it means to the client where it is not to be asked again."""
        if self._client.problem is not None:
            raise self._client.problem from error
        failure = failure_of(error)
        visit.note_failure(failure)
        if self._is_answered:
            raise error  # too late for another answer; the connection to the client ends here
        other = self._other(failure)
        if other is None:
            raise problem_of(failure, self._scope["method"]) from error
        if other is visit.address:
            await asyncio.sleep(full_jitter(1, first=LONGEST_PAUSE, longest=LONGEST_PAUSE))
        return other

    def _other(self, failure: Failure) -> Address | None:
        """Where to ask again, if that is safe and within the budget: elsewhere, or once more where there is but one."""
        if len(self._tried) >= MOST_TRIES or not may_repeat(failure, self._scope, self._client):
            return None
        other = self._upstream.choose_other(self._tried)
        if other is None and len(self._tried) == 1 and failure != "answer" and is_repeatable(self._scope):
            other = self._tried[0]
        return other if other is not None and self._upstream.take_retry() else None


def _note_answer(visit: Visit, response: aiohttp.ClientResponse) -> None:
    headers = response.headers
    closes = headers.get("Connection", "").lower() == "close"
    visit.note_answer(response.status, retry_after=headers.get("Retry-After"), closes=closes)
