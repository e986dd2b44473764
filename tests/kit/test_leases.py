"""One holder at a time, with a number that only grows."""

import asyncio
from datetime import timedelta

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.leases import Leases

LONG, SHORT = timedelta(seconds=30), timedelta(milliseconds=50)


async def test_one_of_many_gets_the_lease(databases: dict[str, Database]) -> None:
    name = new_id()
    leases = [Leases(databases["sequencer"]) for _ in range(8)]
    got = await asyncio.gather(*(each.acquire(name, LONG) for each in leases))
    assert len([lease for lease in got if lease is not None]) == 1


async def test_released_lease_is_free_and_its_number_grows(databases: dict[str, Database]) -> None:
    leases, name = Leases(databases["sequencer"]), new_id()
    first = await leases.acquire(name, LONG)
    assert first is not None
    await leases.release(first)
    second = await leases.acquire(name, LONG)
    assert second is not None
    assert second.number == first.number + 1


async def test_expired_lease_goes_to_another_and_cannot_be_renewed(databases: dict[str, Database]) -> None:
    leases, name = Leases(databases["sequencer"]), new_id()
    first = await leases.acquire(name, SHORT)
    assert first is not None
    await asyncio.sleep(0.1)
    second = await leases.acquire(name, LONG)
    assert second is not None
    assert await leases.renew(first, LONG) is False
    await leases.release(first)
    assert await leases.acquire(name, LONG) is None


async def test_renewed_lease_outlives_its_first_term(databases: dict[str, Database]) -> None:
    leases, name = Leases(databases["sequencer"]), new_id()
    lease = await leases.acquire(name, SHORT)
    assert lease is not None
    assert await leases.renew(lease, LONG) is True
    await asyncio.sleep(0.1)
    assert await leases.acquire(name, LONG) is None
