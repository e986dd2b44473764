"""23: receivers that are slow, endless, redirecting or private harm nobody; the healthy one gets everything once."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from aiohttp import web

from taskyard.kit import outbound
from taskyard.kit.database import Database
from taskyard.kit.outbound import Boundary, Outbound
from taskyard.notification.webhooks.sender import WebhookSender
from taskyard.notification.webhooks.sending import Courier
from tests.notification.door import SEALER
from tests.notification.hooks import Hooks, Receiver, dawdle

CHANGES = 20


def list_faults(wanted: set[str], taken: Sequence[str]) -> list[str]:
    """C6: every event had its effect at the receiver once for its id."""
    counts = Counter(taken)
    faults = [f"lost: {name}" for name in sorted(wanted - counts.keys())]
    faults += [f"of nowhere: {name}" for name in sorted(counts.keys() - wanted)]
    return faults + [f"{count} times: {name}" for name, count in sorted(counts.items()) if count > 1]


async def pour(request: web.Request) -> web.StreamResponse:
    """Answer without end."""
    response = web.StreamResponse(status=500)
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)


async def test_a_healthy_receiver_is_unaffected(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 2.0)
    healthy = await hooks.create(receiver.url)
    slow, endless, moving = Receiver(), Receiver(), Receiver()
    slow.reply, endless.reply, moving.status = dawdle, pour, 307
    async with slow.running(), endless.running(), moving.running():
        moving.headers = {"Location": receiver.url}
        bad = [await hooks.create(one.url) for one in (slow, endless, moving)]
        for _ in range(CHANGES):
            await hooks.company.announce()
        await hooks.company.listen()
        async with asyncio.timeout(20):
            while len(receiver.taken) < CHANGES:
                await hooks.sender.start_due()
                await asyncio.sleep(0.02)
        assert slow.under_way > 0, "the healthy one waited for the slow one"
        await hooks.sender.finish()
        wanted = {item["id"] for item in await hooks.deliveries(healthy)}
        assert list_faults(wanted, [message.id for message in receiver.taken]) == []
        for hook in bad:
            states = {item["state"] for item in await hooks.deliveries(hook)}
            assert states == {"waiting"}


async def test_private_receivers_are_refused(hooks: Hooks, receiver: Receiver, databases: dict[str, Database]) -> None:
    made = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.company.listen()
    strict = Outbound(Boundary())
    sender = WebhookSender(databases["notification"], Courier(strict, SEALER))
    assert await sender.start_due() == 1
    await sender.finish()
    await strict.close()
    [delivery] = await hooks.deliveries(made)
    log = (await hooks.door.send(hooks.admin, "GET", f"/deliveries/{delivery['id']}")).json()["log"]
    assert (receiver.got, [one["error"] for one in log]) == ([], ["the address is refused"])


def test_the_checker_sees_what_is_lost_and_what_comes_twice() -> None:
    assert list_faults({"a", "b"}, ["a", "b"]) == []
    assert list_faults({"a", "b"}, ["a", "a", "c"]) == ["lost: b", "of nowhere: c", "2 times: a"]
