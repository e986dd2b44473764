"""Letting a runner finish what it has started."""

import asyncio

from taskyard.kit.jobs import JobRunner


async def finish_jobs(runner: JobRunner) -> None:
    """Wait until none of its jobs runs any more."""
    while runner._running:
        await asyncio.wait(set(runner._running))
        await asyncio.sleep(0)  # or what is done would be awaited again and again, and never be forgotten
