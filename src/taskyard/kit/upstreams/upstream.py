"""A service in other processes: chooses among its addresses, and learns from how each request ends."""

import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from secrets import SystemRandom
from typing import Self
from urllib.parse import urlsplit

import structlog

from taskyard.kit.problems import Unavailable
from taskyard.kit.upstreams import numbers
from taskyard.kit.upstreams.addresses import Address
from taskyard.kit.upstreams.breaker import Breaker, State
from taskyard.kit.upstreams.names import is_resolved, resolve
from taskyard.kit.upstreams.retry_budget import RetryBudget

LOOK_SECONDS = 1.0
"""How often addresses that are left out are looked at."""
RESOLVE_SECONDS = 5.0
"""How often names are resolved anew."""
REST_SECONDS = 5.0
"""How long an address is spared that closes its connections, as one does that is about to stop."""

_log = structlog.get_logger()
_random = SystemRandom()


class Upstream:
    """One service at one or several addresses. Each process knows only what it has seen itself."""

    def __init__(
        self,
        service: str,
        urls: Sequence[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        has_deputy: bool = False,
    ) -> None:
        """``has_deputy``: others answer in its place, so all of its addresses may be left out."""
        self.service = service
        self._has_deputy = has_deputy
        self.addresses = [Address(url) for url in urls]
        self.clock = clock
        self.breaker = Breaker(self._breaker_changed)
        self._urls = list(urls)
        self._budget = RetryBudget()
        self._resolve_at = 0.0
        numbers.show(service)

    def begin(self) -> bool:
        """A request comes: whether it is a trial of the breaker's. Raises Unavailable while the breaker is open."""
        now = self.clock()
        self._budget.note_request(now)
        try:
            return self.breaker.admit(now)
        except Unavailable:
            numbers.count_shed(self.service)
            raise

    def choose(self) -> Address:
        """Where a request goes: the cheaper of two that chance names, of those that are well."""
        return self.addresses[0] if len(self.addresses) == 1 else self._choose_of(self.addresses)

    def choose_other(self, tried: Collection[Address]) -> Address | None:
        """Where a request goes that failed elsewhere, if there is anywhere."""
        left = [address for address in self.addresses if address not in tried]
        return self._choose_of(left) if left else None

    def take_retry(self) -> bool:
        """Whether the budget allows a further try of a request."""
        is_allowed = self._budget.take(self.clock())
        numbers.count_retry(self.service, tried=is_allowed)
        return is_allowed

    def visit(self, address: Address, *, is_trial: bool) -> "Visit":
        """One try at an address, for as long as a block runs."""
        return Visit(self, address, is_trial=is_trial)

    @property
    def is_away(self) -> bool:
        """Whether all addresses are left out."""
        return all(address.is_out for address in self.addresses)

    def forget(self) -> None:
        """Show nothing of it any more: nobody asks it again."""
        numbers.note_breaker(self.service, is_open=False)
        for address in self.addresses:
            numbers.forget_address(self.service, address.url)

    def leave_out(self, address: Address) -> None:
        """Send an address nothing until a probe finds it well, unless half of them are left out already."""
        out = sum(each.is_out for each in self.addresses)
        if (out + 1) * 2 > len(self.addresses) and not self._has_deputy:
            return
        address.leave_out(self.clock())
        _log.warning("upstream.left_out", upstream=self.service, address=address.url)

    async def look(self, probe: Callable[[Address], Awaitable[bool]]) -> None:
        """Resolve names anew, probe who is left out, and say how all are. Repeated in the background."""
        if self.clock() >= self._resolve_at:
            self._resolve_at = self.clock() + RESOLVE_SECONDS
            await self._resolve()
        for address in list(self.addresses):
            if address.is_out and self.clock() >= address.back_at:
                self._note_probe(address, is_well=await probe(address))
            numbers.note_address(self.service, address.url, in_flight=address.in_flight, is_out=address.is_out)

    def _choose_of(self, addresses: list[Address]) -> Address:
        now = self.clock()
        known = [address for address in addresses if not address.is_out] or addresses
        able = [address for address in known if not address.rests(now)] or known
        return able[0] if len(able) == 1 else min(_random.sample(able, 2), key=lambda address: address.cost(now))

    def _note_probe(self, address: Address, *, is_well: bool) -> None:
        numbers.count_probe(self.service, well=is_well)
        if is_well:
            address.take_back(self.clock())
            _log.info("upstream.taken_back", upstream=self.service, address=address.url)
        else:
            address.leave_out(self.clock())

    async def _resolve(self) -> None:
        """Take the addresses that the names have now; those of a name that cannot be resolved stay."""
        known = {address.url: address for address in self.addresses}
        found: list[Address] = []
        for url in self._urls:
            name = urlsplit(url).netloc
            try:
                urls = [url] if is_resolved(url) else await resolve(url)
            except OSError as error:
                _log.warning("upstream.not_resolved", upstream=self.service, name=name, error=repr(error))
                found += [each for each in self.addresses if name in {each.name, urlsplit(each.url).netloc}]
                continue
            found += [known.get(each) or self._new(each, "" if each == url else name) for each in urls]
        gone = known.keys() - {address.url for address in found}
        self.addresses = found or self.addresses
        for each in gone:
            numbers.forget_address(self.service, each)

    def _new(self, url: str, name: str) -> Address:
        """An address that was not there before; asked nothing until it was probed, where others are known."""
        address = Address(url, name)
        if any(known.name == name and not known.is_out for known in self.addresses):
            address.await_probe(self.clock())
        return address

    def _breaker_changed(self, state: State) -> None:
        numbers.note_breaker(self.service, is_open=state != "closed")
        _log.warning("upstream.breaker", upstream=self.service, state=state)


class Visit:
    """One try of a request at one address, from before its first byte to after the last of its answer."""

    def __init__(self, upstream: Upstream, address: Address, *, is_trial: bool) -> None:
        self.address = address
        self._upstream = upstream
        self._is_trial = is_trial

    def __enter__(self) -> Self:
        self.address.in_flight += 1
        self._began = self._upstream.clock()
        return self

    def __exit__(self, *_: object) -> None:
        self.address.in_flight -= 1

    def note_answer(self, status: int, *, retry_after: str | None, closes: bool = False) -> None:
        """The head of an answer is there.

        A 500 is a mistake of one address; 502 and 504, and a 503 that does not say when to come again, mean that no
        service was found behind it. Our own 503 says so, and is an answer: for what one route lacks, nobody closes all.
        """
        now, upstream = self._upstream.clock(), self._upstream
        if status == 503 or (closes and status < 400):
            self.address.rest(now, _seconds(retry_after))
        is_away = status in {502, 504} or (status == 503 and retry_after is None)
        if is_away:
            upstream.breaker.note_failure(now, is_trial=self._is_trial)
        else:
            upstream.breaker.note_answer(now, is_trial=self._is_trial)
        if is_away or status == 500:
            self._fail("answer")
        else:
            self.address.note_answer(now, now - self._began)

    def note_failure(self, kind: str) -> None:
        """There is no answer; ``kind`` is one of ``numbers.FAILURES``."""
        self._upstream.breaker.note_failure(self._upstream.clock(), is_trial=self._is_trial)
        self._fail(kind)

    def _fail(self, kind: str) -> None:
        numbers.count_failure(self._upstream.service, kind)
        if self.address.note_failure(self._upstream.clock()):
            self._upstream.leave_out(self.address)


def _seconds(retry_after: str | None) -> float:
    """How long an address wants to be spared; a date is taken as some seconds."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else REST_SECONDS
