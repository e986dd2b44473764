"""Child processes: started so that they die with us, watched, stopped with ever firmer signals.

On the standard library's Popen, because uvloop's own cannot change the user a process runs as.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import structlog

PR_SET_PDEATHSIG = 1
WATCH_SECONDS = 0.2
STOP_SECONDS = 0.01
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
# What a foreign server is told about the world: nothing of ours.
BARE_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C"}

log = structlog.get_logger(__name__)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """How a child starts: its command, its world, and the signal it gets when we are gone."""

    command: Sequence[str]
    death_signal: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] | None = None
    user: int | None = None
    group: int | None = None
    output: Path | None = None
    inherited: Sequence[int] = ()


class ChildProcess:
    """A running child. Its standard input stays open until it has been given something or stopped."""

    def __init__(self, launch: Launch, *, stdin: bytes | None = None) -> None:
        """Start it, in its own session: Ctrl-C reaches us alone and we stop it when we are done."""
        output = None if launch.output is None else launch.output.open("ab")
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own servers and ourselves
                launch.command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd="/" if launch.user is not None else None,
                env=launch.environment,
                start_new_session=True,
                preexec_fn=_die_with_parent(launch.death_signal),  # noqa: PLW1509 - two system calls, safe after fork
                user=launch.user,
                group=launch.group,
                extra_groups=None if launch.user is None else [],
                pass_fds=launch.inherited,
            )
        finally:
            if output is not None:
                output.close()
        if stdin is not None and self._popen.stdin is not None:
            self._popen.stdin.write(stdin)
            self._popen.stdin.close()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._popen.poll()

    async def wait(self, every: float = WATCH_SECONDS) -> int:
        """Wait for its end, looking at it every so many seconds."""
        while (code := self._popen.poll()) is None:  # noqa: ASYNC110 - the kernel has no event for us here
            await asyncio.sleep(every)
        self._close()
        return code

    def terminate(self) -> None:
        """Ask it to end, without waiting."""
        self._popen.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._popen.kill()
        self._popen.wait()
        self._close()

    async def stop(self, *signals: tuple[signal.Signals, float]) -> None:
        """End it with ever firmer signals, waiting the given seconds after each."""
        for number, patience in signals:
            self._popen.send_signal(number)
            try:
                await asyncio.wait_for(self.wait(STOP_SECONDS), patience)
            except TimeoutError:
                continue
            break
        self._close()

    def _close(self) -> None:
        if self._popen.stdin is not None:
            self._popen.stdin.close()


async def keep_running(name: str, current: ChildProcess, restart: Callable[[], Awaitable[ChildProcess]]) -> None:
    """Start a child again whenever it ends by itself, until cancelled; quick deaths are given longer pauses."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    while True:
        began = loop.time()
        code = await current.wait()
        if loop.time() - began > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        log.error("child_process_ended", process=name, exit_code=code)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
        current = await restart()


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Make the step, run in the child, that asks the kernel for a signal when its parent is gone.

    Elsewhere than on Linux a child of ours watches its standard input, and the next start stops an orphan server.
    """
    parent = os.getpid()

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return ask
