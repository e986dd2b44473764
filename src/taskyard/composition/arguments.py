"""The command line as a person reads it: commands, options and their help."""

import argparse
import os
import re
from pathlib import Path

from taskyard.composition.demo.cast import SLUG
from taskyard.kit.roles import PORT_OFFSETS

EPILOG = """\
settings come from TASKYARD_* variables and a .env file; `taskyard check-config` shows them all.

examples:
  taskyard up                   everything in one process on http://localhost:3000
  taskyard up --workers 4       the same, spread over four processes
  taskyard up --split           gateway, four services and a worker as six processes
"""


def read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; prints help or a usage error and exits when it must."""
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="taskyard",
        description="Taskyard, the backend of a task management system.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--env-file", type=Path, help="file with settings (default: .env, if there is one)")
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_up(commands)
    _add_serve(commands)
    worker = commands.add_parser("worker", help="run the sequencer, the listeners and the jobs of the split shape")
    worker.add_argument("--port", type=_port, help="port of its health and metrics (default: TASKYARD_PORT + 5)")
    worker.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    commands.add_parser("migrate", help="bring the database forward and exit")
    _add_demo(commands)
    _add_backup(commands)
    _add_restore(commands)
    _add_database(commands)
    _add_consumers(commands)
    _add_admin(commands)
    _add_maintenance(commands)
    _add_secrets(commands)
    commands.add_parser("check-config", help="check all settings and show them, secrets hidden")
    commands.add_parser("version", help="print the version")
    return parser


def _add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser("up", help="start everything, database and cache included")
    up.add_argument("--port", type=_port, help="port of the gateway (default: TASKYARD_PORT or 3000)")
    shape = up.add_mutually_exclusive_group()
    shape.add_argument("--split", action="store_true", help="one process per service, and a worker")
    shape.add_argument("--workers", type=_count, default=1, metavar="N", help="N equal processes (default: 1)")
    shape.add_argument("--reload", action="store_true", help="start again when the source code changes")


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = commands.add_parser("serve", help="run one service of the split shape")
    serve.add_argument("service", choices=tuple(PORT_OFFSETS), help="which one")
    serve.add_argument("--port", type=_port, help="port to listen on (default: its place after TASKYARD_PORT)")
    serve.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    everything = commands.add_parser("serve-everything")
    everything.add_argument("--listener", type=int, required=True, help=argparse.SUPPRESS)


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser(
        "demo", help="fill a stopped Taskyard with a company to look at, and ninety days of history"
    )
    demo.add_argument("--tasks", type=_tasks, default=2000, metavar="N", help="how many tasks (default: 2000)")
    demo.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same number tells the same story (default: 1)"
    )
    demo.add_argument("--slug", type=_slug, default=SLUG, help=f"of the workspace and its addresses (default: {SLUG})")
    demo.add_argument("--password", help="everybody's password (default: a new one, shown at the end)")


def _add_consumers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    consumers = commands.add_parser("consumers", help="show where the readers of the change log stand")
    actions = consumers.add_subparsers(dest="action", metavar="ACTION")
    replay = actions.add_parser("replay", help="handle once more the events that a consumer put aside")
    replay.add_argument("name", help="of the consumer, as `taskyard consumers` shows it")


def _add_admin(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    admin = commands.add_parser("admin", help="say who runs this deployment, while it runs or not")
    actions = admin.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, what in (("grant", "make somebody an administrator"), ("revoke", "make them none any more")):
        actions.add_parser(action, help=what).add_argument("email", help="the address of their account")


def _add_maintenance(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    maintenance = commands.add_parser("maintenance", help="close a deployment that runs, and open it again")
    actions = maintenance.add_subparsers(dest="action", metavar="ACTION")
    on = actions.add_parser("on", help="let nothing be changed")
    on.add_argument("--everything", action="store_true", help="answer nobody, but probes and who signs out")
    on.add_argument("--retry-after", type=_many, default=60, metavar="SECONDS", help="when to come again (default: 60)")
    on.add_argument("--open-to", action="append", default=[], metavar="NETWORK", help="for whom nothing is closed")
    actions.add_parser("off", help="let everything go on")


def _add_secrets(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    secrets = commands.add_parser(
        "secrets", help="derive what each container of the split shape must know, and only that"
    )
    form = secrets.add_mutually_exclusive_group(required=True)
    form.add_argument("--folder", type=Path, help="write a folder for each service into this one")
    form.add_argument("--kubernetes", action="store_true", help="print Secrets for kubectl apply -f -")
    secrets.add_argument("--namespace", default="task-management", help="of the Secrets (default: task-management)")


def _add_backup(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = commands.add_parser("backup", help="make, list and verify backups of the embedded database")
    actions = backup.add_subparsers(dest="action", required=True, metavar="ACTION")
    now = actions.add_parser("now", help="make one, while Taskyard runs or not")
    now.add_argument("--keep", type=_many, metavar="N", help="keep the newest N (default: TASKYARD_BACKUP_KEEP)")
    actions.add_parser("list", help="show what there is and what it can be restored to")
    verify = actions.add_parser("verify", help="read everything, restore one into a scratch instance, compare its rows")
    verify.add_argument("backup", nargs="?", help="which one (default: the newest)")
    _add_identity(verify)
    actions.add_parser("key", help="make the key pair and print the private key, once")


def _add_restore(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    restore = commands.add_parser("restore", help="bring the embedded database back to a moment; Taskyard is stopped")
    restore.add_argument("--to", required=True, metavar="TIME", help="such as 2027-02-10T14:03:05Z, or: latest")
    _add_identity(restore)
    restore.add_argument("--history", type=_many, metavar="N", help="go there in the history before an earlier restore")
    restore.add_argument("--yes", action="store_true", help="do not ask")


def _add_database(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    database = commands.add_parser("database", help="move everything to another PostgreSQL server or version")
    actions = database.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = actions.add_parser("export", help="save the content of the database in a file; Taskyard is stopped")
    export.add_argument("file", type=Path, help="a new file")
    export.add_argument("--plain", action="store_true", help="do not encrypt it")
    load = actions.add_parser("import", help="load such a file into an empty database")
    load.add_argument("file", type=Path, help="what export wrote")
    load.add_argument("--identity", metavar="FILE", help="the private key of an encrypted file, - for standard input")


def _add_identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--identity",
        required=True,
        metavar="FILE",
        help="the private key that `backup key` printed, - for standard input",
    )


def _port(text: str) -> int:
    return _whole_number(text, 65_535, "a port")


def _count(text: str) -> int:
    return _whole_number(text, 4 * (os.cpu_count() or 1), "a number of processes")


def _tasks(text: str) -> int:
    return _whole_number(text, 100_000, "a number of tasks")


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])", text):
        raise argparse.ArgumentTypeError(f"{text} is not a slug of small letters, digits and hyphens")
    return text


def _many(text: str) -> int:
    return _whole_number(text, 1_000_000, "a number")


def _whole_number(text: str, most: int, what: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text} is not {what} from 1 to {most}")
    return int(text)
