"""When people of the demo are at work: on weekdays, a few times a day, now and then a week not at all."""

import random
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from taskyard.composition.demo.cast import Actor

SITTING = timedelta(minutes=8)
"""How long somebody stays at it in one go; shorter than an access token lives."""
_SITTINGS = (0.3, 2.2, 4.9, 7.1)
"""Hours into the working day at which people turn to their tasks."""
_WEEKEND = 5
_SICK = 0.03


class WorkingHours:
    """The sittings of everybody between two instants."""

    def __init__(self, chance: random.Random, actors: tuple[Actor, ...], start: datetime, end: datetime) -> None:
        self._chance = chance
        self._end = end
        self._sittings = {actor.nick: list(self._sittings_of(actor, start, end)) for actor in actors}

    def next_moment(self, nick: str, after: datetime) -> datetime | None:
        """When somebody gets to do something, at the earliest after an instant; None for not before the end."""
        sittings = self._sittings[nick]
        for began in sittings[bisect_left(sittings, after - SITTING) :]:
            earliest = after + timedelta(seconds=self._chance.uniform(20, 70))
            at = max(began + self._chance.random() * SITTING, earliest)
            if at < began + SITTING:
                return at if at < self._end else None
        return None

    def mornings(self, nick: str) -> Iterator[datetime]:
        """The first sitting of each day."""
        last: date | None = None
        for began in self._sittings[nick]:
            if began.date() != last:
                last = began.date()
                yield began

    def _sittings_of(self, actor: Actor, start: datetime, end: datetime) -> Iterator[datetime]:
        days = (end.date() - start.date()).days
        leave = start.date() + timedelta(days=self._chance.randrange(max(1, days)))
        for day in (start.date() + timedelta(days=number) for number in range(days + 1)):
            away = timedelta(0) <= day - leave < timedelta(days=7) or self._chance.random() < _SICK
            if day.weekday() >= _WEEKEND or (away and day != start.date()):
                continue
            midnight = datetime.combine(day, time(), UTC)
            for hours in _SITTINGS:
                began = midnight + timedelta(hours=actor.starts_at + hours + self._chance.uniform(-0.7, 0.7))
                if start <= began < end:
                    yield began
