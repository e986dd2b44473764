"""Where the processor time of a request goes: py-spy looks at the server's main thread while it works."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

from benchmarks.measure import Load, measure
from benchmarks.stand import Server

PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "sequencer, consumers, hints",
        ("/kit/sequencer.py", "/kit/consumers.py", "_flush (", "_listen (", "/streams/hub.py"),
    ),
    ("other background work", ("/kit/vital_signs.py", "/kit/census.py", "/kit/jobs.py", "/kit/loops.py")),
    ("limits", ("/gateway/limits.py",)),
    ("authentication", ("/kit/identity.py", "/kit/tokens.py")),
    ("log line", ("/kit/logs.py", "/kit/masking.py", "/kit/line_writer.py")),
    ("metrics", ("/kit/metrics.py", "/prometheus_client/")),
    ("database", ("/asyncpg/", "/kit/pool.py", "/kit/database.py", "/kit/commits.py")),
    ("answer: headers and sending", ("/gateway/answers.py", "/kit/json_response.py")),
    ("handler", ("/taskyard/task/", "/kit/write.py", "/kit/changelog.py", "/kit/idempotency.py", "/kit/etags.py")),
    ("framework: routing, binding", ("/litestar/", "/kit/http.py")),
    ("gateway: checks, ids, route", ("/gateway/", "/kit/requests.py")),
    ("server: HTTP", ("/uvicorn/", "/composition/")),
)
"""Each part by the files it is known by. The first part that any frame of a stack belongs to gets the sample, so
what a part calls counts as its own, and parts stand before those that call them."""
REST = "event loop, sockets, protocol parsing"
RATE = 250
RECORDER = Path(sys.executable).with_name("py-spy")
"""It is installed beside the interpreter that runs this."""


async def profile(server: Server, load: str, *, seconds: float, folder: Path, token: str) -> dict[str, float]:
    """The shares of a request's parts, together 1. Raises RuntimeError when they could not be recorded."""
    output = folder / f"{load}.stacks"
    recorder = await asyncio.create_subprocess_exec(
        *(str(RECORDER), "record", "--full-filenames", "--format", "raw"),
        *("--duration", f"{seconds:.0f}", "--rate", str(RATE), "--pid", str(server.pid), "--output", str(output)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    load_for_longer = measure(server, Load(load, 16, seconds + 1), folder=folder, token=token)
    (_, complaint), _ = await asyncio.gather(recorder.communicate(), load_for_longer)
    if recorder.returncode:
        raise RuntimeError(f"py-spy cannot record {load}: {complaint.decode().strip()}")
    return shares(output.read_text().splitlines())


def shares(stacks: list[str]) -> dict[str, float]:
    """The share of each part in stacks as py-spy writes them, of the thread that serves."""
    counts: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        if "/uvloop/" in stack:
            counts[_part(_inner(stack))] += int(count)
    whole = sum(counts.values())
    return {part: count / whole for part, count in counts.most_common()}


def _inner(stack: str) -> str:
    """The frames that the event loop runs, without those that started it."""
    return stack.rpartition("asyncio/runners.py")[2]


def _part(stack: str) -> str:
    return next((part for part, files in PARTS if any(file in stack for file in files)), REST)
