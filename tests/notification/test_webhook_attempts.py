"""Sending what is not taken at once: when it is tried again, in which order, and when a receiver is left alone."""

from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks.webhooks

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.outbound import Answer
from taskyard.notification.actions.attempts import PAUSES, breaker_after, end_of, record_attempt
from taskyard.notification.jobs import KEEP_DELIVERIES, forget_deliveries
from taskyard.notification.models.webhooks import Attempt, Breaker, Dispatch
from taskyard.notification.queries import dispatching as queries
from taskyard.notification.webhooks.sending import retry_after
from tests.notification.company import Task
from tests.notification.hooks import Hooks, Receiver, Travelled

AT = datetime(2027, 2, 10, tzinfo=UTC)


def attempt(status: int | None) -> Attempt:
    return Attempt(1, AT, status, 5, None, "")


async def announce(hooks: Hooks, task_id: str, *kinds: str) -> None:
    for kind in kinds:
        await hooks.company.announce(kind, task=Task(task_id, "Repair the lift", []))


@pytest.mark.parametrize(("number", "pause"), list(enumerate(PAUSES, 1)))
def test_the_next_attempt_follows_the_schedule(number: int, pause: timedelta) -> None:
    ended = end_of(number, attempt(500), None)
    assert ended.state == "waiting"
    assert pause * 0.9 <= ended.due_at - AT <= pause * 1.1


def test_the_last_attempt_is_the_last_after_more_than_three_days() -> None:
    assert end_of(len(PAUSES) + 1, attempt(None), None).state == "failed"
    assert sum(PAUSES, timedelta()) > timedelta(days=3)


def test_only_2xx_counts_as_taken() -> None:
    states = [end_of(1, attempt(status), None).state for status in (200, 204, 299, 199, 301, 400, 500, None)]
    assert states == ["delivered"] * 3 + ["waiting"] * 5


def test_what_a_receiver_asks_for_is_obeyed_up_to_a_day() -> None:
    assert end_of(1, attempt(429), timedelta(hours=1)).due_at - AT == timedelta(hours=1)
    assert end_of(1, attempt(429), timedelta(days=9)).due_at - AT == timedelta(hours=24)
    assert breaker_after(Breaker(0, None), attempt(503), timedelta(hours=1)) == Breaker(1, AT + timedelta(hours=1))
    assert breaker_after(Breaker(0, None), attempt(503), timedelta(-1)) == Breaker(1, None)


def test_retry_after_is_seconds_or_a_date() -> None:
    def said(value: str) -> timedelta | None:
        return retry_after(Answer(503, {"retry-after": value}, b""), AT)

    assert said("120") == timedelta(minutes=2)
    assert said("Wed, 10 Feb 2027 00:05:00 GMT") == timedelta(minutes=5)
    assert said("Wed, 10 Feb 2027 00:05:00 -0000") == timedelta(minutes=5)
    assert said("soon") is said("") is None


def test_a_receiver_that_fails_rests_longer_and_longer() -> None:
    breaker, rests = Breaker(0, None), list[timedelta]()
    for _ in range(12):
        breaker = breaker_after(Breaker(breaker.failures, None), attempt(500), None)
        rests.append((breaker.open_until or AT) - AT)
    assert rests[:4] == [timedelta(0)] * 4
    assert timedelta(seconds=27) <= rests[4] <= timedelta(seconds=33)
    assert timedelta(minutes=9) <= rests[-1] <= timedelta(minutes=11)
    assert breaker_after(breaker, attempt(204), None) == Breaker(0, None)


async def test_a_later_change_of_a_task_waits_and_other_tasks_go_on(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.create(receiver.url)
    one, other = new_id(), new_id()
    await announce(hooks, one, "task.created.v1", "task.updated.v1")
    receiver.status = 500
    await hooks.work()
    receiver.status = 204
    await announce(hooks, other, "task.updated.v1")
    await hooks.work()
    assert [message.resource for message in receiver.taken] == [other]
    clock.travel(timedelta(seconds=6))
    await hooks.send()
    kinds = [message.content["type"] for message in receiver.taken if message.resource == one]
    assert kinds == ["task.created.v1", "task.updated.v1"]


async def test_four_at_once_and_one_of_each_task(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.create(receiver.url)
    for _ in range(10):
        await hooks.company.announce()
    await hooks.company.listen()
    assert await hooks.sender.start_due() == 4
    assert await hooks.sender.start_due() == 0
    await hooks.sender.finish()
    await hooks.send()
    assert (len(receiver.taken), receiver.most_under_way <= 4) == (10, True)


async def test_a_receiver_that_is_gone_disables_its_webhook_and_can_be_resumed(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = await hooks.create(receiver.url)
    task = await hooks.company.announce()
    receiver.status = 410
    await hooks.work()
    now = (await hooks.ask("GET", made)).json()
    assert (now["state"], now["state_reason"]) == ("disabled", "gone")
    missed = await hooks.company.announce()
    await hooks.work()
    [event] = await hooks.door.items(hooks.admin, "/events?type=webhook.disabled.v1")
    assert (event["data"]["state"], len(receiver.got)) == ("disabled", 1)
    assert (await hooks.ask("POST", made, "pause")).json()["state"] == "disabled"
    receiver.status = 204
    await hooks.ask("POST", made, "resume")
    await hooks.work()
    assert [message.resource for message in receiver.taken] == [task] != [missed]


async def claim(hooks: Hooks) -> Dispatch:
    """Take the one delivery that is due, as a sender does."""
    async with hooks.databases["notification"].transaction() as tx:
        serving = await queries.lock_webhooks_to_serve(tx, clock.now(), 10)
        [dispatch] = await queries.claim_deliveries(tx, serving, clock.now(), timedelta(0), 10)
    return dispatch


async def test_a_sender_that_was_overtaken_changes_nothing(hooks: Hooks, receiver: Receiver) -> None:
    made = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.company.listen()
    late, database = await claim(hooks), hooks.databases["notification"]
    in_time = await claim(hooks)
    assert await record_attempt(database, late, attempt(410)) is None
    assert (await hooks.ask("GET", made)).json()["state"] == "active"
    assert await record_attempt(database, in_time, attempt(204)) is not None
    assert [one["state"] for one in await hooks.deliveries(made)] == ["delivered"]


async def test_a_receiver_that_is_gone_while_its_webhook_pauses_leaves_it_paused(
    hooks: Hooks, receiver: Receiver
) -> None:
    made = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.company.listen()
    dispatch = await claim(hooks)
    await hooks.ask("POST", made, "pause")
    await record_attempt(hooks.databases["notification"], dispatch, attempt(410))
    assert (await hooks.ask("GET", made)).json()["state"] == "paused"


async def test_after_five_failures_one_tries_and_a_success_makes_all_due(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.create(receiver.url)
    for _ in range(12):
        await hooks.company.announce()
    receiver.status = 500
    await hooks.work()
    failed = len(receiver.got)
    assert 5 <= failed <= 8
    clock.travel(timedelta(minutes=5))
    await hooks.send()
    assert len(receiver.got) == failed + 1
    receiver.status = 204
    clock.travel(timedelta(minutes=10))
    await hooks.send()
    assert len(receiver.taken) == 12


async def test_replays_have_the_ids_they_had(hooks: Hooks, receiver: Receiver, databases: dict[str, Database]) -> None:
    made = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.work()
    [first] = receiver.got
    position = first.content["data"]["position"]
    asked = await hooks.ask("POST", made, "replay", {"ids": [first.id]})
    assert (asked.status_code, asked.json()) == (202, {"replayed": 1})
    await hooks.send()
    assert (await hooks.door.send(hooks.admin, "POST", f"/deliveries/{first.id}/redeliver")).status_code == 202
    await hooks.send()
    await databases["owner"].execute("DELETE FROM notification.deliveries WHERE id = $1", first.id)
    span = {"after": position - 1, "until": position}
    assert (await hooks.ask("POST", made, "replay", span)).json() == {"replayed": 1}
    assert (await hooks.ask("POST", made, "replay", span)).json() == {"replayed": 0}
    await hooks.send()
    assert [(message.id, message.body) for message in receiver.got] == [(first.id, first.body)] * 4


async def test_malformed_replays_are_refused(hooks: Hooks, receiver: Receiver) -> None:
    made = await hooks.create(receiver.url)
    malformed: list[object] = [{}, {"after": 1}, {"after": 2, "until": 2}, {"after": 0, "until": 10_001}, {"ids": []}]
    for body in malformed:
        assert (await hooks.ask("POST", made, "replay", body)).status_code == 422, body
    for who, status in ((hooks.company.boss, 403), (hooks.company.stranger, 404)):
        test = (await hooks.ask("POST", made, "test")).json()["id"]
        for method, path in (("GET", f"/deliveries/{test}"), ("POST", f"/deliveries/{test}/redeliver")):
            assert (await hooks.door.send(who, method, path)).status_code == status
    for name in ("x", new_id()):
        assert (await hooks.door.send(hooks.admin, "GET", f"/deliveries/{name}")).status_code == 404


async def test_what_is_old_is_forgotten(hooks: Hooks, receiver: Receiver, databases: dict[str, Database]) -> None:
    made = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.work()
    await forget_deliveries(databases["notification"])
    assert len(await hooks.deliveries(made)) == 1
    clock.travel(KEEP_DELIVERIES + timedelta(minutes=1))
    await forget_deliveries(databases["notification"])
    assert await hooks.deliveries(made) == []


async def test_a_receiver_that_was_down_for_a_day_gets_everything_once_and_in_order(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Travelled)
    made = await hooks.create(receiver.url)
    tasks = [new_id() for _ in range(4)]
    receiver.status = 503
    for _ in range(24):
        for task in tasks[: 1 + len(receiver.got) % 4]:
            await announce(hooks, task, "task.updated.v1")
        await hooks.work()
        clock.travel(timedelta(hours=1))
    ids = {item["id"]: item["position"] for item in await hooks.deliveries(made)}
    receiver.status = 204
    verified = 0
    for _ in range(40):
        await hooks.send()
        for message in receiver.taken[verified:]:
            message.verify(made["secret"])
            verified += 1
        clock.travel(timedelta(hours=1))
    assert sorted(message.id for message in receiver.taken) == sorted(ids)
    for task in tasks:
        positions = [ids[message.id] for message in receiver.taken if message.resource == task]
        assert positions == sorted(positions)
