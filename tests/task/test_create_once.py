"""A task that is created with an Idempotency-Key is one statement after its place was found, and exists once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database, Transaction
from taskyard.kit.idempotency import Answer, Claim, Once
from taskyard.kit.ids import new_id
from taskyard.kit.problems import IdempotencyKeyInUse

from .conftest import World


class Maker(msgspec.Struct):
    """Ann, who creates tasks with one key."""

    http: httpx.AsyncClient
    world: World

    async def create(self, title: str = "Mend the roof", **fields: Any) -> httpx.Response:
        body = {"project_id": self.world.project_id, "title": title, **fields}
        return await self.http.post("/tasks", json=body, headers={"Idempotency-Key": "a key"})

    async def count(self) -> int:
        sql = "SELECT count(*) FROM task.tasks WHERE project_id = $1"
        return int(await self.world.owner.fetch_value(sql, self.world.project_id))


@pytest.fixture
def maker(ann: httpx.AsyncClient, world: World) -> Maker:
    return Maker(ann, world)


async def test_a_repetition_gets_the_same_answer(maker: Maker) -> None:
    first, second = await maker.create(), await maker.create()
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert [second.headers[name] for name in ("etag", "location")] == [
        first.headers[name] for name in ("etag", "location")
    ]
    assert await maker.count() == 1
    assert await maker.world.events_of(first.json()["id"]) == [("task.created.v1", 1, {})]


async def test_of_many_at_once_one_is_done(maker: Maker) -> None:
    answers = await asyncio.gather(*(maker.create() for _ in range(50)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert await maker.count() == 1


async def test_another_task_under_the_key_is_refused(maker: Maker) -> None:
    await maker.create()
    answer = await maker.create("Paint the door")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await maker.count() == 1


async def test_a_refusal_is_not_kept(maker: Maker) -> None:
    assert (await maker.create(assignee_ids=[new_id()])).status_code == 422
    assert (await maker.create()).status_code == 201


async def test_a_repetition_is_answered_although_it_would_be_refused_now(maker: Maker) -> None:
    fields: dict[str, Any] = {"assignee_ids": [maker.world.vera]}
    first = await maker.create(**fields)
    assert first.status_code == 201, first.text
    await maker.world.revoke(maker.world.vera)
    second = await maker.create(**fields)
    assert (second.status_code, second.content) == (201, first.content)


async def test_who_lost_the_right_gets_no_kept_answer(maker: Maker) -> None:
    await maker.create()
    await maker.world.revoke(maker.world.ann)
    assert (await maker.create()).status_code == 404


async def test_a_key_is_good_again_after_a_day(maker: Maker) -> None:
    await maker.create()
    clock.travel(timedelta(hours=25))
    assert (await maker.create("Paint the door")).status_code == 201
    assert (await maker.create("Paint the door")).headers["idempotency-replayed"] == "true"
    assert await maker.count() == 2


async def test_a_longer_way_gives_in_to_an_answer_that_was_kept_meanwhile(databases: dict[str, Database]) -> None:
    """The long way holds a lock that the short one does not ask for: it finds out when it keeps its answer."""
    claim = Claim(scope=b"s" * 32, fingerprint=b"f" * 32)

    def once() -> Once:
        return Once(claim, lambda result: Answer(200, {}, str(result).encode()))

    async def keep(tx: Transaction, result: int) -> Answer:
        mine = once()
        await mine.take(tx)
        await databases["owner"].execute(
            "INSERT INTO task.idempotency_keys VALUES ($1, $2, 200, '{}', 'theirs', $3)",
            claim.scope,
            claim.fingerprint,
            clock.now(),
        )
        return await mine.keep(tx, result)

    with pytest.raises(IdempotencyKeyInUse):
        async with databases["task"].transaction() as tx:
            await keep(tx, 1)
