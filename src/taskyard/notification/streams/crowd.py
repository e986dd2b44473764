"""Who is connected: open streams by access id, and those that are limited to projects by project."""

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
        """Everybody who has a stream, by access id."""
        return self._of_person.keys()

    def enter(self, stream: Subscription) -> None:
        """Add a stream. Raises TooManyStreams."""
        access_id = stream.reader.access_id
        if len(self._of_person.get(access_id, ())) >= STREAMS_PER_PERSON:
            raise TooManyStreams(headers={"Retry-After": "60"})
        if access_id not in self._of_person:
            self.number += 1
        for streams, key in self._shelves(stream):
            streams.setdefault(key, set()).add(stream)

    def leave(self, stream: Subscription) -> None:
        """Take a stream out."""
        for streams, key in self._shelves(stream):
            streams[key].discard(stream)
            if not streams[key]:
                del streams[key]

    def of_people(self, access_ids: Iterable[str]) -> Iterator[Subscription]:
        """The streams of some people."""
        for access_id in access_ids:
            yield from self._of_person.get(access_id, ())

    def limited(self) -> Iterator[Subscription]:
        """Those that are limited to projects."""
        return iter({stream for streams in self._of_project.values() for stream in streams})

    def hearing(self, project_id: str | None, access_ids: AbstractSet[str]) -> Iterator[Subscription]:
        """The streams of some people that may want an event of a project, or of none."""
        for stream in self._of_project.get(project_id or "", ()):
            if stream.reader.access_id in access_ids:
                yield stream
        if len(access_ids) > len(self._unlimited):
            access_ids = access_ids & self._unlimited.keys()
        for access_id in access_ids:
            yield from self._unlimited.get(access_id, ())

    def _shelves(self, stream: Subscription) -> Iterator[tuple[dict[str, set[Subscription]], str]]:
        reader = stream.reader
        yield self._of_person, reader.access_id
        if reader.project_ids is None:
            yield self._unlimited, reader.access_id
        for project_id in reader.project_ids or ():
            yield self._of_project, project_id
