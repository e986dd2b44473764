"""Passwords: hashed with Argon2id (RFC 9106) by a few niced threads, never on the event loop."""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import VerifyMismatchError

from taskyard.kit.problems import Unavailable

T = TypeVar("T")

THREADS = 2
MOST_WAITING = 200
"""More hashes than this are refused: at 40 ms each, a later answer would come too late anyway."""
_NICENESS = 10
_MEMORY_KIB, _ROUNDS, _LANES = 19 * 1024, 2, 1
# Nobody's password: compared against when there is no account, so that the answer takes as long.
_DUMMY_HASH = f"$argon2id$v=19$m={_MEMORY_KIB},t={_ROUNDS},p={_LANES}${'A' * 22}${'A' * 43}"


class PasswordHasher:
    """Hashes and verifies beside the event loop, as much at once as is good for the machine."""

    def __init__(self, *, threads: int = THREADS, most_waiting: int = MOST_WAITING) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords", initializer=_yield_to_others)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The hash to store. Raises Unavailable when too many wait already."""
        return await self._run(lambda: self._argon2.hash(normal_form(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right; without a hash it never is, and that takes as long to say.

        Raises Unavailable when too many wait already.
        """
        return await self._run(lambda: self._is_right(password_hash or _DUMMY_HASH, password))

    async def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_right(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, normal_form(password))
        except VerifyMismatchError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise Unavailable("Too many sign-ins at once.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def normal_form(password: str) -> bytes:
    """A password as bytes: the same on every keyboard (NFC, as NIST SP 800-63B-4 asks), nothing cut off."""
    return unicodedata.normalize("NFC", password).encode()


def _yield_to_others() -> None:
    """Lower this thread's priority; elsewhere than on Linux the call would mean the whole process."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
