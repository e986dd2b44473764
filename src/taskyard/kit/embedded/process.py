"""One server process: started so that it dies with us, watched, restarted when it falls, stopped in order."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from taskyard.kit.embedded.folders import ServerUser

PR_SET_PDEATHSIG = 1
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0

log = structlog.get_logger(__name__)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


async def spawn(
    command: list[str],
    *,
    death_signal: signal.Signals,
    log_path: Path,
    user: ServerUser | None = None,
    stdin: bytes | None = None,
) -> asyncio.subprocess.Process:
    """Start a server in its own session, so that Ctrl-C reaches us alone and we stop it when we are done."""
    with log_path.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal),
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    return process


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Make the step, run in the new process, that asks the kernel for a signal when its parent is gone.

    Elsewhere than on Linux the next start finds the orphan and stops it.
    """
    parent = os.getpid()

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return ask


async def stop(process: asyncio.subprocess.Process, signals: list[tuple[signal.Signals, float]]) -> None:
    """End a process with ever firmer signals, waiting the given seconds after each."""
    for number, patience in signals:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)


async def keep_running(
    name: str, current: asyncio.subprocess.Process, restart: Callable[[], Awaitable[asyncio.subprocess.Process]]
) -> None:
    """Start a server again whenever it ends by itself, until cancelled."""
    pause = FIRST_PAUSE
    while True:
        began = asyncio.get_running_loop().time()
        code = await current.wait()
        if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        log.error("embedded_server_ended", server=name, exit_code=code)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
        current = await restart()
