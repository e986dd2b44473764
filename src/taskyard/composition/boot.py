"""The start before the services: embedded or external database and cache, roles, migrations, keys."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import msgspec

from taskyard.composition.backups.archiving import Archiving
from taskyard.composition.progress import complain, say, step
from taskyard.kit.embedded import EmbeddedPostgres, EmbeddedValkey
from taskyard.kit.embedded.folders import prepare_home
from taskyard.kit.embedded.postgres import has_database
from taskyard.kit.keys import load_master_key, load_or_create_master_key
from taskyard.kit.migrations import migrate
from taskyard.kit.provision import derive_service_urls, provision, publish_service_keys
from taskyard.kit.redis_address import addresses_of
from taskyard.kit.roles import ROLES
from taskyard.kit.settings import Settings

REDIS_SECONDS = 2.0


class StartError(Exception):
    """Taskyard cannot start; the message is one line for the person at the terminal."""


def open_home(settings: Settings) -> bytes:
    """Make the state folder and give the master key: a new one only where no database was made with another.

    Raises EmbeddedError and KeyFileError.
    """
    prepare_home(settings.home)
    if settings.database_url is None and has_database(settings.home):
        return load_master_key(settings.master_key_path)
    return load_or_create_master_key(settings.master_key_path)


@contextlib.asynccontextmanager
async def running_parts(settings: Settings, *, processes: int = 1) -> AsyncIterator[tuple[Settings, bytes]]:
    """Have a migrated database and a cache for as long as the block runs.

    Gives the settings with every address filled in, and the master key.
    """
    async with contextlib.AsyncExitStack() as stack:
        master = open_home(settings)
        redis_url = settings.redis_url or await _embedded_valkey(settings, stack)
        async with running_database(settings, master, processes=processes) as owner_url:
            if settings.redis_url:
                await _look_at_redis(settings.redis_url)
            urls = {**derive_service_urls(owner_url, master), **settings.service_database_urls}
            yield (
                msgspec.structs.replace(settings, database_url=None, redis_url=redis_url, service_database_urls=urls),
                master,
            )


@contextlib.asynccontextmanager
async def running_database(settings: Settings, master: bytes, *, processes: int = 1) -> AsyncIterator[str]:
    """Have the database up, with its roles made and every migration applied; gives the owner's URL."""
    async with contextlib.AsyncExitStack() as stack:
        owner_url = settings.database_url or await embedded_postgres(settings, master, stack, processes)
        try:
            async with step("Preparing the database"):
                await _bring_forward(owner_url, master)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StartError(f"cannot use the database at {_printable(owner_url)}: {_reason(error)}") from error
        yield owner_url


async def _bring_forward(owner_url: str, master: bytes) -> None:
    await provision(owner_url, master)
    applied = await migrate(owner_url)
    await publish_service_keys(owner_url, master)
    if applied:
        say(f"Applied {len(applied)} migrations, up to {applied[-1]}")


async def embedded_postgres(settings: Settings, master: bytes, stack: contextlib.AsyncExitStack, processes: int) -> str:
    """Have the embedded database until the stack ends, its log archived where backups are set up; gives its URL."""
    # every process may fill the pool of every role; some are left for the owner and for people
    connections = max(100, 20 + processes * len(ROLES) * (settings.pool_size + 2))
    archiving = Archiving(settings, master) if settings.backup_folder is not None else None
    server = EmbeddedPostgres(settings.home, connections=connections, archiving=archiving is not None)
    if archiving is not None:
        stack.push_async_callback(archiving.stop)
    stack.push_async_callback(server.stop)
    async with step("Starting PostgreSQL"):
        url = await server.start()
    if archiving is not None:
        await archiving.start(url)
    return url


async def _embedded_valkey(settings: Settings, stack: contextlib.AsyncExitStack) -> str:
    server = EmbeddedValkey(settings.home)
    stack.push_async_callback(server.stop)
    async with step("Starting Valkey"):
        return await server.start()


async def _look_at_redis(url: str) -> None:
    """Warn when the cache is away; nothing refuses to work without it."""
    error = None
    for host, port in addresses_of(url):
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
        except (OSError, TimeoutError) as failure:
            error = failure
        else:
            return
    if error is not None:
        complain(f"the Redis server at {_printable(url)} does not answer ({_reason(error)}); starting without it")


def _printable(url: str) -> str:
    """Give the address without name and password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "the given address"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
