"""One attempt at a delivery."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import taskyard
from taskyard.kit import clock
from taskyard.kit.outbound import Answer, Outbound, Unreachable
from taskyard.kit.sealing import Sealer
from taskyard.notification.models.webhooks import Attempt, Dispatch
from taskyard.notification.webhooks.messages import body_of, headers_of

KEPT = 1_000
"""Bytes of an answer that its log keeps."""
_AGENT = {"User-Agent": f"Taskyard/{taskyard.__version__}"}


class Courier:
    """Signs messages and carries them out."""

    def __init__(self, outbound: Outbound, sealer: Sealer) -> None:
        self._outbound = outbound
        self._sealer = sealer

    async def attempt(self, dispatch: Dispatch) -> tuple[Attempt, timedelta | None]:
        """Send a delivery once: how it went, and how long the receiver wants to be left alone."""
        body = body_of(dispatch)
        headers = _AGENT | headers_of(dispatch.id, clock.now(), body, self._secrets_of(dispatch))
        began = time.monotonic()
        try:
            answer = await self._outbound.post(dispatch.url, body, headers, keep=KEPT)
        except Unreachable as error:
            return _attempt(dispatch, began, None, str(error)), None
        return _attempt(dispatch, began, answer, _fault_of(answer)), retry_after(answer, clock.now())

    def _secrets_of(self, dispatch: Dispatch) -> list[bytes]:
        sealed = (dispatch.secret, dispatch.previous_secret)
        return [self._sealer.open(secret, dispatch.webhook_id) for secret in sealed if secret is not None]


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """What Retry-After says (RFC 9110): seconds, or a date."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:12]), 10**9))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now


def _attempt(dispatch: Dispatch, began: float, answer: Answer | None, error: str | None) -> Attempt:
    return Attempt(
        number=dispatch.number,
        at=clock.now(),
        status=None if answer is None else answer.status,
        milliseconds=round((time.monotonic() - began) * 1000),
        error=error,
        answer="" if answer is None else answer.beginning.decode(errors="replace").replace("\0", ""),
    )


def _fault_of(answer: Answer) -> str | None:
    if 200 <= answer.status <= 299:
        return None
    return "redirects are not followed" if 300 <= answer.status <= 399 else f"answered {answer.status}"
