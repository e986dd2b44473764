"""When somebody is told of something: their reasons and channels, quiet hours and digests, by their own clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from taskyard.contracts.notification import Reason
from taskyard.notification.models.preferences import Chosen

_DAY = timedelta(days=1)


class Plan(msgspec.Struct, frozen=True):
    """What becomes of a notification: when it shows in the inbox, and when its mail may leave, if one does."""

    snoozed_until: datetime | None
    archived_at: datetime | None
    mail_due_at: datetime | None


def plan_of(chosen: Chosen, reason: Reason, time_zone: str, now: datetime) -> Plan | None:
    """The plan for one notification; None when it is wanted nowhere.

    One that is only for the mail is archived at once; one that waits in the inbox for the digest is snoozed.
    """
    channels, zone = chosen.channels(reason), zone_of(time_zone)
    if channels.inbox == channels.mail == "off":
        return None
    digest = next_at(chosen.digest_at, zone, now)
    mail = {"now": _after_quiet_hours(chosen, zone, now), "digest": digest, "off": None}
    return Plan(
        snoozed_until=digest if channels.inbox == "digest" else None,
        archived_at=now if channels.inbox == "off" else None,
        mail_due_at=mail[channels.mail],
    )


def is_due_soon(due_on: date | None, due_at: datetime | None, chosen: Chosen, local: datetime) -> bool:
    """Whether it is at most a day before an instant, or the morning before a date or later, until its end."""
    if due_on is None:
        return due_at is not None and local < due_at <= local + _DAY
    return _morning(due_on - _DAY, chosen) <= local.replace(tzinfo=None) and local.date() <= due_on


def is_overdue(due_on: date | None, due_at: datetime | None, chosen: Chosen, local: datetime) -> bool:
    """Whether an instant has passed, or the morning after a date has come by one's clock."""
    if due_on is None:
        return due_at is not None and due_at <= local
    return _morning(due_on + _DAY, chosen) <= local.replace(tzinfo=None)


def next_at(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The next instant at which a clock in the zone shows ``HH:MM``; of an hour that a day leaves out, the next."""
    today, at = now.astimezone(zone).date(), time.fromisoformat(text)
    return next(instant for days in range(3) if (instant := _instant(today + days * _DAY, at, zone)) > now)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its IANA name; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _after_quiet_hours(chosen: Chosen, zone: ZoneInfo, now: datetime) -> datetime:
    quiet = chosen.quiet_hours
    if quiet is None:
        return now
    shown = now.astimezone(zone).strftime("%H:%M")
    overnight = quiet.start > quiet.end
    is_quiet = (shown >= quiet.start or shown < quiet.end) if overnight else quiet.start <= shown < quiet.end
    return next_at(quiet.end, zone, now) if is_quiet else now


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _morning(day: date, chosen: Chosen) -> datetime:
    """When somebody's day begins: at the hour of their digest, on the clock on their wall."""
    return datetime.combine(day, time.fromisoformat(chosen.digest_at))
