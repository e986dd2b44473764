"""The remembered end of the log: never beyond what is committed, and soon after what was placed."""

import asyncio

from taskyard.kit import head_watch
from taskyard.kit.database import Database
from taskyard.kit.head_watch import HeadWatch
from taskyard.kit.signals import Signal
from tests.kit.log_writers import place_all, write_events


async def test_it_is_what_the_log_says(databases: dict[str, Database]) -> None:
    watch = HeadWatch(databases["gateway"], Signal())
    assert watch.header() is None
    await watch.look_first()
    epoch, position = (await databases["owner"].fetch("SELECT epoch, last_position FROM log.head"))[0]
    assert watch.header() == f"{epoch}:{position}".encode()


async def test_it_follows_what_is_placed(databases: dict[str, Database]) -> None:
    wake = Signal()
    watch = HeadWatch(databases["gateway"], wake)
    await watch.look()
    before = watch.header()
    looking = asyncio.create_task(watch.look_again())
    await asyncio.sleep(0.05)
    await write_events(databases["task"], 1)
    await place_all(databases)
    wake.notify()
    await asyncio.wait_for(looking, head_watch.POLL / 2)
    await watch.look()
    assert watch.header() not in {None, before}


async def test_it_tells_who_follows_the_log_of_what_came_unannounced(databases: dict[str, Database]) -> None:
    wake = Signal()
    watch = HeadWatch(databases["gateway"], wake)
    await watch.look()
    await watch.look_again()
    seen = wake.count
    await watch.look_again()
    assert wake.count == seen, "there was no news"
    await write_events(databases["task"], 1)
    await place_all(databases)
    await watch.look_again()
    assert wake.count == seen + 1


async def test_without_a_database_there_is_none_yet() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    watch = HeadWatch(database, Signal())
    await watch.look_first()
    assert watch.header() is None
    await database.close()
