"""`taskyard admin`: who runs the deployment. Whoever has its key and database decides that, and nobody over HTTP."""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator

from taskyard.auth.actions.users import set_administrator
from taskyard.composition import server
from taskyard.composition.backups.places import attached
from taskyard.composition.boot import StartError
from taskyard.composition.progress import say
from taskyard.kit.database import Cause, Database
from taskyard.kit.keys import load_master_key
from taskyard.kit.provision import derive_service_urls
from taskyard.kit.settings import Settings


def run(options: argparse.Namespace, settings: Settings) -> None:
    """Make somebody an administrator, or no more, while Taskyard runs or not."""

    async def work(_: asyncio.Event) -> None:
        async with _database(settings) as database:
            await _set(database, options.email, is_granted=options.action == "grant")

    server.run(work)


async def _set(database: Database, email: str, *, is_granted: bool) -> None:
    async with database.transaction(Cause(origin="automation", request_id="taskyard admin")) as tx:
        is_known = await set_administrator(tx, email, is_granted=is_granted)
    if not is_known:
        raise StartError(f"nobody has an account with the address {email}")
    say(f"{email} {'is' if is_granted else 'is no longer'} an administrator of this deployment.")


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    """The database as the auth service sees it: external, or embedded and started where it does not run."""
    async with contextlib.AsyncExitStack() as stack:
        owner_url = settings.database_url
        if owner_url is None:
            owner_url = await stack.enter_async_context(attached(settings))
        database = Database(derive_service_urls(owner_url, load_master_key(settings.master_key_path))["auth"])
        stack.push_async_callback(database.close)
        yield database
