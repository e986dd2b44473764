"""The notification service behind its HTTP door, and a company whose tasks change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from taskyard.kit.database import Database
from taskyard.kit.signals import Signal
from taskyard.notification.streams import EventHub
from tests.notification.company import Company
from tests.notification.door import Door
from tests.notification.hooks import Hooks, Receiver


@pytest.fixture
def wake() -> Signal:
    return Signal()


@pytest.fixture
async def hub(databases: dict[str, Database], wake: Signal) -> AsyncIterator[EventHub]:
    hub = EventHub(databases["notification"], wake)
    yield hub
    hub.close()


@pytest.fixture
async def running(hub: EventHub) -> AsyncIterator[None]:
    """The hub at work."""
    task = asyncio.create_task(hub.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def company(databases: dict[str, Database], wake: Signal) -> Company:
    company = Company(databases, wake)
    await company.found()
    return company


@pytest.fixture
def door(databases: dict[str, Database], hub: EventHub) -> Door:
    return Door(databases["notification"], hub)


@pytest.fixture
async def hooks(databases: dict[str, Database], company: Company, door: Door) -> AsyncIterator[Hooks]:
    hooks = Hooks(databases, company, door)
    await hooks.open()
    yield hooks
    await hooks.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().running() as receiver:
        yield receiver
