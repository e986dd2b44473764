"""The commands: what `taskyard up`, `serve`, `worker`, `migrate`, `demo` and the others do.

Those that keep the data safe are in the folder `backups`.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator

from taskyard import __version__
from taskyard.composition import server, up
from taskyard.composition.arguments import read_arguments
from taskyard.composition.attachments import bucket_of, check_attachments
from taskyard.composition.boot import StartError, open_home, running_database
from taskyard.composition.progress import complain, say
from taskyard.composition.secrets import kubernetes_secrets, write_secrets
from taskyard.kit.backup.errors import BackupError
from taskyard.kit.embedded import EmbeddedError
from taskyard.kit.keys import KeyFileError, decode_key, load_master_key, service_key
from taskyard.kit.log_output import LogFileError
from taskyard.kit.migrations import MigrationError
from taskyard.kit.roles import ROLES
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings, SettingsError, describe, parse_settings, read_environment

EXPECTED = (BackupError, StartError, SettingsError, EmbeddedError, KeyFileError, LogFileError, MigrationError)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; every expected failure is one line on the error output and exit code 1."""
    options = read_arguments(arguments)
    try:
        COMMANDS[options.command](options)
    except EXPECTED as error:
        complain(str(error))
        return 1
    return 0


def _version(_: argparse.Namespace) -> None:
    say(f"taskyard {__version__}")


def _check_config(options: argparse.Namespace) -> None:
    texts = _texts(options)
    for variable, shown, meaning in describe(texts):
        say(f"{variable} = {shown}\n    {meaning}")
    _check(parse_settings(texts))
    say("All settings are valid.")


def _up(options: argparse.Namespace) -> None:
    texts = _texts(options)
    if options.port is not None:
        texts[f"{PREFIX}PORT"] = str(options.port)
    settings = parse_settings(texts)
    _check(settings)
    if options.split:
        server.run(lambda stop: up.split(settings, texts, stop))
    elif options.reload:
        server.run(lambda stop: up.reloading(settings, texts, stop))
    elif options.workers > 1:
        server.run(lambda stop: up.several(settings, texts, options.workers, stop))
    else:
        server.run(lambda stop: up.single(settings, stop))


def _migrate(options: argparse.Namespace) -> None:
    settings = _settings(options)

    async def work(_: asyncio.Event) -> None:
        async with running_database(settings, open_home(settings)):
            say("The database is up to date.")

    server.run(work)


def _demo(options: argparse.Namespace) -> None:
    settings = _settings(options)

    async def work(stop: asyncio.Event) -> None:
        from taskyard.composition.demo.command import Demo, run_demo  # noqa: PLC0415 - `version` needs no framework

        given = {} if options.password is None else {"password": options.password}
        await run_demo(settings, Demo(options.slug, options.tasks, options.seed, **given), stop)

    server.run(work)


def _serve(options: argparse.Namespace) -> None:
    settings, name = _settings(options), options.service
    _require_database(settings, name)
    key = _service_key(settings, name)
    listener = _inherited(options) or server.listen(settings.host, options.port or settings.listening_port(name))

    async def work(stop: asyncio.Event) -> None:
        from taskyard.composition.apps import service_process  # noqa: PLC0415 - `version` needs no framework

        app = service_process(name, settings, key)
        app.leave_seconds = 0 if options.with_parent else settings.leave_seconds
        with _stopping_with_parent(options, stop):
            await server.serve(app, listener, stop)

    server.run(work)


def _serve_everything(options: argparse.Namespace) -> None:
    settings = _settings(options)
    master = load_master_key(settings.master_key_path)
    listener = _inherited(options)

    async def work(stop: asyncio.Event) -> None:
        from taskyard.composition.apps import one_process  # noqa: PLC0415 - as above

        assert listener is not None  # noqa: S101 - the option is required
        with _stopping_with_parent(options, stop):
            await server.serve(one_process(settings, master), listener, stop)

    server.run(work)


def _worker(options: argparse.Namespace) -> None:
    settings = _settings(options)
    roles = [role for role in ROLES if role != "gateway"]
    for role in roles:
        _require_database(settings, role)
    keys = {role: _service_key(settings, role) for role in roles}
    listener = _inherited(options) or server.listen(settings.host, options.port or settings.listening_port("worker"))

    async def work(stop: asyncio.Event) -> None:
        from taskyard.composition.apps import worker_process  # noqa: PLC0415 - as above

        with _stopping_with_parent(options, stop):
            await server.serve(worker_process(settings, keys), listener, stop)

    server.run(work)


def _secrets(options: argparse.Namespace) -> None:
    settings = _settings(options)
    if options.kubernetes:
        say(kubernetes_secrets(options.namespace, settings, open_home(settings)))
    else:
        write_secrets(options.folder, settings, open_home(settings))
        say(f"The secrets are in {options.folder}.")


def _admin(options: argparse.Namespace) -> None:
    from taskyard.composition import administrators  # noqa: PLC0415 - `version` needs no framework

    administrators.run(options, _settings(options))


def _maintenance(options: argparse.Namespace) -> None:
    from taskyard.composition import maintenance  # noqa: PLC0415 - as above

    maintenance.run(options, parse_settings(_texts(options)))


def _backups(options: argparse.Namespace) -> None:
    from taskyard.composition.backups import commands  # noqa: PLC0415 - only these need the encryption

    texts = _texts(options)
    commands.run(options, parse_settings(texts), texts)


def _consumers(options: argparse.Namespace) -> None:
    settings = _settings(options)

    async def work(_: asyncio.Event) -> None:
        from taskyard.composition.consumers import list_consumers, replay  # noqa: PLC0415 - as above

        await (list_consumers(settings) if options.action is None else replay(settings, options.name))

    server.run(work)


def _settings(options: argparse.Namespace) -> Settings:
    settings = parse_settings(_texts(options))
    check_attachments(settings)
    return settings


def _check(settings: Settings) -> None:
    """What `up` needs to be right, beyond each setting by itself. Raises SettingsError."""
    from taskyard.composition.door_files import check_door_files  # noqa: PLC0415 - `version` needs no framework

    check_attachments(settings)
    if settings.attachments == "s3":
        bucket_of(settings)
    check_door_files(settings)


def _texts(options: argparse.Namespace) -> dict[str, str]:
    """Read the settings; a file that was asked for must be there, `.env` need not."""
    if options.env_file is None:
        return read_environment(os.environ)
    if not options.env_file.exists():
        raise SettingsError(f"cannot read {options.env_file}: there is no such file")
    return read_environment(os.environ, options.env_file)


def _require_database(settings: Settings, service: str) -> None:
    if service not in settings.service_database_urls:
        raise SettingsError(
            f"{PREFIX}{service.upper()}_DATABASE_URL is not set: expected the database as {service} sees it"
        )
    if settings.redis_url is None:
        raise SettingsError(f"{PREFIX}REDIS_URL is not set: expected a Redis or Valkey server that all services share")


def _service_key(settings: Settings, service: str) -> bytes:
    """Find a service's key: given by itself, in a list, in a file, or derived from the master key."""
    text = settings.service_keys.get(service) or settings.service_key
    if text is not None:
        try:
            return decode_key(text)
        except ValueError as error:
            raise SettingsError(f"the key of {service} is not 32 bytes written as base64") from error
    if settings.service_key_file is not None:
        return load_master_key(settings.service_key_file)
    return service_key(load_master_key(settings.master_key_path), service)


def _inherited(options: argparse.Namespace) -> socket.socket | None:
    """Take over the listening socket that the parent opened, when there is one."""
    return None if options.listener is None else socket.socket(fileno=options.listener)


@contextlib.contextmanager
def _stopping_with_parent(options: argparse.Namespace, stop: asyncio.Event) -> Iterator[None]:
    """Stop when the parent is gone: it holds the other end of our standard input."""
    if not options.with_parent:
        yield
        return
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()

    def on_end() -> None:
        loop.remove_reader(descriptor)
        stop.set()

    loop.add_reader(descriptor, on_end)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "up": _up,
    "serve": _serve,
    "serve-everything": _serve_everything,
    "worker": _worker,
    "migrate": _migrate,
    "demo": _demo,
    "backup": _backups,
    "restore": _backups,
    "database": _backups,
    "consumers": _consumers,
    "admin": _admin,
    "maintenance": _maintenance,
    "secrets": _secrets,
    "check-config": _check_config,
    "version": _version,
}
