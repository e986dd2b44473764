"""The readers of the change log of all services, and what `taskyard consumers` does with them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import TypeAlias

import msgspec

from taskyard.auth.listeners import consumers as consumers_of_auth
from taskyard.composition.backups.places import attached
from taskyard.composition.boot import StartError
from taskyard.composition.progress import say
from taskyard.composition.reporting import Reporting
from taskyard.kit import clock
from taskyard.kit.consumers import Consumer, replay_dead_letters
from taskyard.kit.database import Database
from taskyard.kit.keys import load_master_key
from taskyard.kit.problems import Unavailable
from taskyard.kit.provision import derive_service_urls
from taskyard.kit.queries.census import list_consumers_behind
from taskyard.kit.queries.consumers import list_dead_letters
from taskyard.kit.settings import Settings
from taskyard.notification.listeners import consumers as consumers_of_notification
from taskyard.project.listeners import consumers as consumers_of_project
from taskyard.task.listeners import consumers as consumers_of_task

CONSUMERS: Mapping[str, Callable[[], list[Consumer]]] = {
    "auth": consumers_of_auth,
    "notification": consumers_of_notification,
    "project": consumers_of_project,
    "task": consumers_of_task,
}
"""Those of each service that has any."""

Row: TypeAlias = tuple[str, ...]
HEAD: Row = ("consumer", "position", "head", "behind", "seconds", "put aside", "failures")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where one consumer stands in the log."""

    consumer: str
    position: int
    head: int
    behind: int
    seconds: int
    """Since the first event that it has not handled yet happened."""
    dead_letters: int
    failures: int
    """Of the event after its place; five, and it is put aside."""


async def list_consumers(settings: Settings) -> None:
    """Show where every consumer stands. Raises what `commands.main` expects."""
    async with _databases(settings) as databases:
        found = [standing for database in databases.values() for standing in await find_standings(database)]
    say(table([HEAD, *(tuple(str(value) for value in msgspec.structs.astuple(one)) for one in found)]))


async def replay(settings: Settings, name: str) -> None:
    """Handle once more what a consumer put aside, and say how that went. Raises StartError when something stays."""
    service, consumer = find_consumer(name)
    with closing(Reporting(settings, "consumers")):
        async with _databases(settings) as databases:
            database = databases[service]
            before = len(await list_dead_letters(database, name))
            handled = await replay_dead_letters(database, consumer)
            left = len(await list_dead_letters(database, name))
    say(f"{name} handled {handled} of the {before} events it had put aside.")
    if left:
        raise StartError(f"{left} events of {name} failed again and stay aside; the lines of the log say why")


def find_consumer(name: str) -> tuple[str, Consumer]:
    """The consumer of this name and its service. Raises StartError for one that there is not."""
    known = {consumer.name: (service, consumer) for service, make in CONSUMERS.items() for consumer in make()}
    if name not in known:
        raise StartError(f"there is no consumer {name} (there are: {', '.join(sorted(known))})")
    return known[name]


async def find_standings(database: Database) -> list[Standing]:
    """Where the consumers of one service stand at this moment."""
    now = clock.now()
    return [
        Standing(
            consumer=row["consumer"],
            position=row["position"],
            head=row["last_position"],
            behind=row["behind"],
            seconds=0 if row["oldest_at"] is None else max(0, int((now - row["oldest_at"]).total_seconds())),
            dead_letters=row["dead_letters"],
            failures=row["failures"],
        )
        for row in await list_consumers_behind(database)
    ]


def table(rows: list[Row]) -> str:
    """Rows in columns: words to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = []
    for name, *numbers in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *cells]))
    return "\n".join(lines)


@asynccontextmanager
async def _databases(settings: Settings) -> AsyncIterator[dict[str, Database]]:
    """The databases of the services that have consumers, whether Taskyard runs or not."""
    async with AsyncExitStack() as stack:
        urls = await _find_urls(settings, stack)
        databases = {service: Database(urls[service], size=1) for service in CONSUMERS}
        for database in databases.values():
            stack.push_async_callback(database.close)
        try:
            yield databases
        except Unavailable as error:
            raise StartError(f"the database does not answer: {error}") from error


async def _find_urls(settings: Settings, stack: AsyncExitStack) -> Mapping[str, str]:
    """Where the services' databases are: as they are set, beside the owner's, or in the embedded one."""
    if settings.service_database_urls.keys() >= CONSUMERS.keys():
        return settings.service_database_urls
    master = load_master_key(settings.master_key_path)
    if settings.database_url is not None:
        return derive_service_urls(settings.database_url, master)
    return derive_service_urls(await stack.enter_async_context(attached(settings)), master)
