"""Business time. Every instant that decides something comes from here, so that tests and the demo can move it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

TIME_ZONES = frozenset(available_timezones())
"""The IANA names that this machine knows."""

_offset = timedelta(0)


def now() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.now(UTC) + _offset


def zone_named(name: str | None) -> ZoneInfo:
    """A time zone by its IANA name; UTC for who has none, and where this machine does not know it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def travel(by: timedelta) -> None:
    """Move this process's clock by ``by``, on top of earlier moves. For tests and the demo."""
    global _offset  # noqa: PLW0603 - the clock is the one deliberate global
    _offset += by


def reset() -> None:
    """Return to real time. For tests and the demo."""
    global _offset  # noqa: PLW0603 - see travel
    _offset = timedelta(0)
