"""Changes at a steady pace, whether the answers come or not."""

import asyncio
import time
from itertools import count, cycle

import aiohttp

from benchmarks.realtime.crowd import Crowd, Place

SMALL_PER_SECOND, LARGE_PER_SECOND = 195, 5


async def write(url: str, crowd: Crowd, seconds: float) -> float:
    """Change tasks of the small projects and of the large one for some seconds; the changes a second that succeeded."""
    headers = {"Authorization": f"Bearer {crowd.owner_token}"}
    async with aiohttp.ClientSession(f"{url}/api/v1/", headers=headers) as client:
        done = await asyncio.gather(
            _pace(client, crowd.places[:-1], SMALL_PER_SECOND, seconds),
            _pace(client, crowd.places[-1:], LARGE_PER_SECOND, seconds),
        )
    return sum(done) / seconds


async def _pace(client: aiohttp.ClientSession, places: list[Place], per_second: float, seconds: float) -> int:
    """One change after another, each at its time."""
    tasks = cycle([task for turn in zip(*(place.task_ids for place in places), strict=True) for task in turn])
    began, running = time.perf_counter(), set[asyncio.Task[bool]]()
    outcomes: list[bool] = []
    for number in count():
        due = began + number / per_second
        if due > began + seconds:
            break
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(_change(client, next(tasks), number))
        running.add(task)
        task.add_done_callback(running.discard)
        task.add_done_callback(lambda one: outcomes.append(one.result()))
    await asyncio.gather(*running)
    return sum(outcomes)


async def _change(client: aiohttp.ClientSession, task_id: str, number: int) -> bool:
    async with client.patch(f"tasks/{task_id}", json={"title": f"Oil gear {number}"}) as answer:
        await answer.read()
        return answer.status == 200
