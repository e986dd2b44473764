"""Who is connected: open streams by person, and those that are limited to projects by project."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from taskyard.notification.errors import TooManyStreams
from taskyard.notification.streams.subscription import Subscription

STREAMS_PER_PERSON = 50


class Crowd:
    """The open streams of a process."""

    def __init__(self) -> None:
        self.number = 0
        """Another one for each set of people that was ever connected."""
        self._of_person: dict[str, set[Subscription]] = {}
        self._unlimited: dict[str, set[Subscription]] = {}
        self._of_project: dict[str, set[Subscription]] = {}

    def __bool__(self) -> bool:
        return bool(self._of_person)

    def __iter__(self) -> Iterator[Subscription]:
        return iter([stream for streams in self._of_person.values() for stream in streams])

    @property
    def people(self) -> AbstractSet[str]:
        """Everybody who has a stream."""
        return self._of_person.keys()

    def enter(self, stream: Subscription) -> None:
        """Add a stream. Raises TooManyStreams."""
        person_id = stream.reader.person_id
        if len(self._of_person.get(person_id, ())) >= STREAMS_PER_PERSON:
            raise TooManyStreams(headers={"Retry-After": "60"})
        if person_id not in self._of_person:
            self.number += 1
        for streams, key in self._shelves(stream):
            streams.setdefault(key, set()).add(stream)

    def leave(self, stream: Subscription) -> None:
        """Take a stream out."""
        for streams, key in self._shelves(stream):
            streams[key].discard(stream)
            if not streams[key]:
                del streams[key]

    def of_people(self, person_ids: Iterable[str]) -> Iterator[Subscription]:
        """The streams of some people."""
        for person_id in person_ids:
            yield from self._of_person.get(person_id, ())

    def limited(self) -> Iterator[Subscription]:
        """Those that are limited to projects."""
        return iter({stream for streams in self._of_project.values() for stream in streams})

    def hearing(self, project_id: str | None, person_ids: set[str]) -> Iterator[Subscription]:
        """The streams of some people that may want an event of a project, or of none."""
        for stream in self._of_project.get(project_id or "", ()):
            if stream.reader.person_id in person_ids:
                yield stream
        if len(person_ids) > len(self._unlimited):
            person_ids = person_ids & self._unlimited.keys()
        for person_id in person_ids:
            yield from self._unlimited.get(person_id, ())

    def _shelves(self, stream: Subscription) -> Iterator[tuple[dict[str, set[Subscription]], str]]:
        reader = stream.reader
        yield self._of_person, reader.person_id
        if reader.project_ids is None:
            yield self._unlimited, reader.person_id
        for project_id in reader.project_ids or ():
            yield self._of_project, project_id
