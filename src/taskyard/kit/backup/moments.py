"""Moments in whole seconds: for people, who can ask for them, and in names."""

from datetime import UTC, datetime, timedelta


def shown(moment: datetime) -> str:
    """The second in which something was: nothing later is promised."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown_from(moment: datetime) -> str:
    """The first second that is not before a moment: whoever asks for it is not told that it is too early."""
    return shown(moment + timedelta(seconds=1, microseconds=-1))


def stamped(moment: datetime) -> str:
    """The same as `shown`, for a name: the order of such names is that of their moments."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
