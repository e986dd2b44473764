"""Business time. Every instant that decides something comes from here, so that tests and the demo can move it."""

from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def now() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.now(UTC) + _offset


def travel(by: timedelta) -> None:
    """Move this process's clock by ``by``, on top of earlier moves. For tests and the demo."""
    global _offset  # noqa: PLW0603 - the clock is the one deliberate global
    _offset += by


def reset() -> None:
    """Return to real time. For tests and the demo."""
    global _offset  # noqa: PLW0603 - see travel
    _offset = timedelta(0)
