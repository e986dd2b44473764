"""Budgets of sign-in attempts: each is reserved before a password is hashed, or a one-time code compared.

A hundred parallel guesses at a budget of five reach the hasher five times. A right password gives
its attempt back, so those who know it are never held up by each other for long.
"""

import hashlib
import math
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

import msgspec

from taskyard.auth.errors import TooManyAttempts
from taskyard.auth.queries import login_attempts as queries
from taskyard.kit import clock
from taskyard.kit.database import Statements

WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 5
PER_NETWORK = 100
CODE_WINDOW = timedelta(hours=1)
PER_MAILBOX = 3
"""Mails an hour that strangers can make us send to one address."""
PER_CODES = 10
"""Wrong one-time codes of an account whose password is known to whoever guesses: hopeless, with a million codes."""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Attempt(msgspec.Struct, frozen=True):
    """One reserved attempt: the budgets it was taken from, and their window."""

    budgets: list[str]
    window_start: datetime


class AttemptsPending(Exception):  # noqa: N818 - no refusal yet: others are being decided right now
    """Every attempt left is in the hasher; if one of them turns out right, there is room again."""


async def reserve_attempt(db: Statements, email_folded: str, address: str, device_id: str | None = None) -> Attempt:
    """Take one attempt of the account and of the network, or of neither; a known device has some of its own.

    Raises TooManyAttempts when failures have used one up, AttemptsPending while that is still open.
    """
    attempt = Attempt(
        [f"device:{device_id}" if device_id else _account(email_folded), _network(address)], _window_start(clock.now())
    )
    taken = await queries.reserve_attempts(db, attempt.budgets, [PER_ACCOUNT, PER_NETWORK], attempt.window_start)
    if len(taken) == len(attempt.budgets):
        return attempt
    await queries.settle_attempts(db, taken, attempt.window_start, 0)
    if await queries.is_exhausted(db, attempt.budgets, attempt.window_start):
        raise refusal()
    raise AttemptsPending


async def reserve_code(tx: Statements, person_id: str) -> Attempt:
    """Take one attempt at a one-time code, to be decided in the same transaction. Raises TooManyAttempts."""
    attempt = Attempt([f"codes:{person_id}"], _window_start(clock.now(), CODE_WINDOW))
    if not await queries.reserve_attempts(tx, attempt.budgets, [PER_CODES], attempt.window_start):
        raise refusal(CODE_WINDOW)
    return attempt


async def may_mail(tx: Statements, email_folded: str) -> bool:
    """Whether strangers may make us send one more mail to an address; counts it."""
    budget = _account(email_folded).replace("account:", "mailbox:")
    return bool(await queries.reserve_attempts(tx, [budget], [PER_MAILBOX], _window_start(clock.now(), CODE_WINDOW)))


async def give_back(tx: Statements, attempt: Attempt) -> None:
    """Count an attempt no more: the password was right, or was never looked at."""
    await queries.settle_attempts(tx, attempt.budgets, attempt.window_start, 0)


async def keep_counted(tx: Statements, attempt: Attempt) -> None:
    """Count an attempt as failed until its window ends."""
    await queries.settle_attempts(tx, attempt.budgets, attempt.window_start, 1)


async def reserve_guess(tx: Statements, budget: str, allowed: int) -> Attempt:
    """Take one guess of a budget of its own, for what is guessed after a sign-in. Raises TooManyAttempts."""
    attempt = Attempt([budget], _window_start(clock.now(), WINDOW))
    if not await queries.reserve_attempts(tx, attempt.budgets, [allowed], attempt.window_start):
        raise refusal()
    return attempt


def refusal(window: timedelta = WINDOW) -> TooManyAttempts:
    """The answer to one attempt too many, with the seconds until the budgets are whole again."""
    now = clock.now()
    seconds = math.ceil((_window_start(now, window) + window - now).total_seconds())
    return TooManyAttempts(headers={"Retry-After": str(seconds)})


def _window_start(now: datetime, window: timedelta = WINDOW) -> datetime:
    return now - (now - _EPOCH) % window


def _account(email_folded: str) -> str:
    return f"account:{hashlib.sha256(email_folded.encode()).hexdigest()}"


@lru_cache(maxsize=1024)
def _network(address: str) -> str:
    """One IPv4 address, or the /64 that one household or server has of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "network:unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"network:{ip_network((parsed, 64), strict=False)}"
    return f"network:{parsed}"
