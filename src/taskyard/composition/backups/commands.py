"""What `taskyard backup`, `taskyard restore` and `taskyard database` do with their options."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TypeAlias

import asyncpg

from taskyard.composition import server
from taskyard.composition.backups.making import list_backups, make_backup, make_key
from taskyard.composition.backups.moving import export_database, import_database
from taskyard.composition.backups.places import read_identity
from taskyard.composition.backups.restoring import Wish, restore
from taskyard.composition.backups.verifying import verify_backup
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.settings import Settings

Texts: TypeAlias = Mapping[str, str]
Command: TypeAlias = Callable[[argparse.Namespace, Settings, Texts], None]


def run(options: argparse.Namespace, settings: Settings, texts: Texts) -> None:
    """Run one of these commands; raises what `commands.main` expects."""
    COMMANDS[options.command, getattr(options, "action", None)](options, settings, texts)


def _now(options: argparse.Namespace, settings: Settings, texts: Texts) -> None:
    _run(make_backup(settings, texts, options.env_file or Path(".env"), options.keep))


def _verify(options: argparse.Namespace, settings: Settings, _: Texts) -> None:
    _run(verify_backup(settings, read_identity(options.identity), options.backup))


def _restore(options: argparse.Namespace, settings: Settings, _: Texts) -> None:
    wish = Wish(to=options.to, key=read_identity(options.identity), history=options.history, yes=options.yes)
    _run(restore(settings, wish))


def _export(options: argparse.Namespace, settings: Settings, _: Texts) -> None:
    _run(export_database(settings, options.file, plain=options.plain))


def _import(options: argparse.Namespace, settings: Settings, _: Texts) -> None:
    key = None if options.identity is None else read_identity(options.identity)
    _run(import_database(settings, options.file, key))


def _run(work: Coroutine[None, None, None]) -> None:
    """Run to the end; Ctrl-C breaks it off, cleans up after it, and is a failure for whatever was to come next."""

    async def until_stopped(stop: asyncio.Event) -> None:
        task = asyncio.ensure_future(work)
        watch = asyncio.create_task(stop.wait())
        await asyncio.wait([task, watch], return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        if not task.done():
            task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            raise BackupError("stopped before it was done; the data is as it was") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise BackupError(f"it was broken off: {error}") from error

    server.run(until_stopped)


COMMANDS: dict[tuple[str, str | None], Command] = {
    ("backup", "now"): _now,
    ("backup", "list"): lambda _, settings, __: list_backups(settings),
    ("backup", "verify"): _verify,
    ("backup", "key"): lambda _, settings, __: make_key(settings),
    ("restore", None): _restore,
    ("database", "export"): _export,
    ("database", "import"): _import,
}
