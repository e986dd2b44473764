"""`taskyard maintenance`: closing a deployment that runs and opening it again, by the file that its gateway follows."""

import argparse
from pathlib import Path

import msgspec

from taskyard.composition.boot import StartError
from taskyard.composition.progress import say
from taskyard.gateway.maintenance import Closure, read_closure
from taskyard.kit.settings import Settings
from taskyard.kit.watched_file import LOOK_SECONDS, FileError


def run(options: argparse.Namespace, settings: Settings) -> None:
    """Close, open, or say how it is. Raises StartError."""
    path = settings.maintenance_path
    try:
        if options.action == "on":
            _write(settings.maintenance_path, _asked(options))
        elif options.action == "off":
            path.unlink(missing_ok=True)
        closure = read_closure(path.read_bytes() if path.exists() else None)
    except (OSError, FileError) as error:
        raise StartError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    say("Everything is open." if closure is None else f"Closed: {closure.closed}.")
    if options.action is not None:
        say(f"Processes that run on this machine follow within {LOOK_SECONDS:.0f} seconds.")


def _asked(options: argparse.Namespace) -> Closure:
    return Closure("everything" if options.everything else "writes", options.retry_after, options.open_to)


def _write(path: Path, closure: Closure) -> None:
    """Move it into place, if it can be followed; what JSON writes of texts, numbers and lists of them is TOML, too."""
    fields = msgspec.structs.asdict(closure).items()
    content = b"".join(b"%s = %s\n" % (name.encode(), msgspec.json.encode(value)) for name, value in fields)
    read_closure(content)
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(content)
    new.replace(path)
