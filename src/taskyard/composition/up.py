"""`taskyard up`: the database, the cache and the services, in whichever shape was asked for."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from taskyard.composition import server
from taskyard.composition.boot import StartError, running_parts
from taskyard.composition.children import Family, split_children, wait_until_ready, worker_children
from taskyard.composition.progress import complain, say, step
from taskyard.composition.reporting import Reporting
from taskyard.kit.metric_files import empty_folder
from taskyard.kit.migrations import migrations_folder
from taskyard.kit.roles import LISTENING_OFFSETS
from taskyard.kit.settings import Settings


async def single(settings: Settings, stop: asyncio.Event) -> None:
    """Serve everything from this one process."""
    from taskyard.composition.apps import one_process  # noqa: PLC0415 - the port is taken before much is loaded

    with contextlib.closing(server.listen(settings.host, settings.port)) as listener:
        async with _parts(settings, stop) as (resolved, master):
            await server.serve(one_process(resolved, master), listener, stop, on_started=lambda: _greet(settings))


async def several(settings: Settings, texts: Mapping[str, str], count: int, stop: asyncio.Event) -> None:
    """Own the database and the port, and keep N equal processes serving."""
    with contextlib.closing(server.listen(settings.host, settings.port)) as listener:
        async with _parts(settings, stop, processes=count) as (resolved, _):
            children = worker_children(
                resolved, texts, count=count, listener=listener, numbers=empty_folder(settings.home)
            )
            await _watch_over(Family(children), settings, stop)


async def split(settings: Settings, texts: Mapping[str, str], stop: asyncio.Event) -> None:
    """Own the database and the ports, and keep six processes going: the gateway, the services, the worker."""
    with contextlib.ExitStack() as stack:
        listeners = {
            service: stack.enter_context(
                contextlib.closing(server.listen(settings.host, settings.listening_port(service)))
            )
            for service in LISTENING_OFFSETS
        }
        async with _parts(settings, stop, processes=2) as (resolved, master):
            await _watch_over(Family(split_children(resolved, texts, master, listeners)), settings, stop)


async def reloading(settings: Settings, texts: Mapping[str, str], stop: asyncio.Event) -> None:
    """Keep one serving process, and start it again whenever the source code changes."""
    if find_spec("watchfiles") is None:
        raise StartError("--reload needs the package watchfiles (`make bootstrap` installs it)")
    with contextlib.closing(server.listen(settings.host, settings.port)) as listener:
        async with _parts(settings, stop) as (resolved, _):
            family = Family(
                worker_children(resolved, texts, count=1, listener=listener, numbers=empty_folder(settings.home))
            )
            watch = asyncio.create_task(_renew_on_change(family, stop))
            try:
                await _watch_over(family, settings, stop)
            finally:
                watch.cancel()


async def _watch_over(family: Family, settings: Settings, stop: asyncio.Event) -> None:
    reporting = Reporting(settings, "supervisor")
    family.start()
    try:
        async with step("Starting the services"):
            ready = await wait_until_ready(settings.host, settings.port, stop)
        if ready:
            _greet(settings)
        elif not stop.is_set():
            complain("the services are not ready after a minute; the log says why, and they keep trying")
        await stop.wait()
    finally:
        await family.stop()
        reporting.close()


async def _renew_on_change(family: Family, stop: asyncio.Event) -> None:
    import watchfiles  # noqa: PLC0415 - only developers have it

    folders = (Path(__file__).parents[1], migrations_folder())
    async for changes in watchfiles.awatch(*folders, stop_event=stop):
        say(f"Changed: {', '.join(sorted({Path(path).name for _, path in changes}))}")
        family.renew()


@contextlib.asynccontextmanager
async def _parts(
    settings: Settings, stop: asyncio.Event, *, processes: int = 1
) -> AsyncIterator[tuple[Settings, bytes]]:
    """Have the database and the cache; a stop that comes while they start breaks the start off."""
    starting = asyncio.current_task()
    assert starting is not None  # noqa: S101 - we are in one
    watch = asyncio.create_task(_break_off(starting, stop))
    try:
        async with running_parts(settings, processes=processes) as parts:
            watch.cancel()
            yield parts
    finally:
        watch.cancel()


async def _break_off(starting: asyncio.Task[Any], stop: asyncio.Event) -> None:
    await stop.wait()
    starting.cancel()


def _greet(settings: Settings) -> None:
    address = settings.public_url
    say(
        f"""
Taskyard is ready at {address} (process {os.getpid()}, state in {settings.home})

  API docs       {address}/api/docs
  First sign-up  curl -X POST {address}/api/v1/auth/register -H 'Content-Type: application/json' \\
                   -d '{{"email": "you@example.com", "password": "a long passphrase of yours", "name": "You"}}'

Ctrl-C stops everything and keeps the data."""
    )
