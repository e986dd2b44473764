"""Statements that commit: run to their end whoever goes away, and never taken for done when nobody knows."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from taskyard.kit.driver_errors import had_no_effect
from taskyard.kit.pool import Connection
from taskyard.kit.problems import OutcomeUnknown

T = TypeVar("T")


class Commits:
    """How the commits of one pool's connections end."""

    def __init__(self) -> None:
        self._doubtful: set[int] = set()

    async def run(self, connection: Connection, statement: Coroutine[Any, Any, T]) -> T:
        """Run what commits. Raises OutcomeUnknown when the write may or may not have happened.

        It cannot be cancelled safely, so whoever goes away meanwhile, it runs to its end.
        """
        commit = asyncio.ensure_future(statement)
        gone: asyncio.CancelledError | None = None
        while not commit.done():
            try:
                await asyncio.shield(commit)
            except asyncio.CancelledError as error:
                gone = error
            except Exception:  # noqa: BLE001 - looked at below
                break
        outcome = commit.exception()
        if gone is not None:
            raise gone
        if outcome is not None:
            if had_no_effect(outcome):
                raise outcome
            raise OutcomeUnknown from outcome
        if id(connection) in self._doubtful:
            self._doubtful.discard(id(connection))
            raise OutcomeUnknown("The database could not confirm that the write is replicated.")
        return commit.result()

    def note_warning(self, connection: Any, message: Any) -> None:
        """A COMMIT whose wait for the standby was cancelled succeeds with only this warning."""
        if getattr(message, "sqlstate", "") == "01000" and "replicat" in str(message):
            self._doubtful.add(id(connection))
