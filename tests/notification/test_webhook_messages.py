"""What webhooks are sent: which changes, in which form, signed so that the receivers' library verifies it."""

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from taskyard.kit import clock
from taskyard.kit.consumers import replay_dead_letters
from taskyard.kit.database import Database
from taskyard.notification.listeners import consumers
from tests.notification.company import Company
from tests.notification.hooks import Hooks, Receiver


async def test_a_change_is_sent_signed_and_as_the_events_api_has_it(hooks: Hooks, receiver: Receiver) -> None:
    hook = await hooks.create(receiver.url)
    task = await hooks.company.announce()
    await hooks.work()
    [got] = receiver.got
    got.verify(hook["secret"])
    [item] = await hooks.door.items(hooks.admin, "/events?type=task.updated.v1")
    assert got.content == {"type": "task.updated.v1", "timestamp": item["at"], "data": item}
    assert (got.resource, got.headers["content-type"]) == (task, "application/json")
    [delivery] = await hooks.deliveries(hook)
    assert (delivery["id"], delivery["state"], delivery["last_status"]) == (got.id, "delivered", 204)
    with pytest.raises(WebhookVerificationError):
        got.verify("whsec_" + "A" * 44)


async def test_an_event_has_one_delivery_however_often_it_is_fanned_out(hooks: Hooks, receiver: Receiver) -> None:
    hook = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.work()
    await hooks.company.rewind()
    await hooks.work()
    assert len(receiver.got) == len(await hooks.deliveries(hook)) == 1


@pytest.mark.parametrize(
    ("patterns", "types"),
    [
        (["*"], ["task.created.v1", "comment.deleted.v1", "project.updated.v1", "member.added.v1"]),
        (["task.*", "comment.*"], ["task.created.v1", "comment.deleted.v1"]),
        (["task.created.v1"], ["task.created.v1"]),
        (["member.*"], ["member.added.v1"]),
    ],
)
async def test_only_types_that_are_wanted_are_sent(
    hooks: Hooks, receiver: Receiver, patterns: list[str], types: list[str]
) -> None:
    await hooks.create(receiver.url, *patterns)
    for kind in ("task.created.v1", "comment.deleted.v1", "project.updated.v1", "member.added.v1"):
        await hooks.company.announce(kind, project_id=None if kind == "member.added.v1" else "")
    await hooks.company.announce("notification.created.v1", audience_id=hooks.admin)
    await hooks.work()
    got = {message.content["type"] for message in receiver.got} - {"webhook.created.v1"}
    assert got == set(types)


async def test_only_projects_that_are_wanted_and_seen_are_sent(hooks: Hooks, receiver: Receiver) -> None:
    company = hooks.company
    await hooks.create(receiver.url, "*", project_ids=[company.project])
    seen = await company.announce()
    await company.announce(project_id=company.secret_project)
    await company.announce("member.added.v1", project_id=None)
    await hooks.work()
    assert [message.resource for message in receiver.got] == [seen]


async def test_a_webhook_sees_what_its_maker_sees(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.create(receiver.url)
    hidden = await hooks.company.announce(project_id=hooks.company.secret_project)
    await hooks.work()
    assert receiver.got == []
    await hooks.company.grant(hooks.company.secret_project, hooks.admin)
    shown = await hooks.company.announce(project_id=hooks.company.secret_project)
    await hooks.work()
    assert [message.resource for message in receiver.got] == [shown] != [hidden]


async def test_a_project_that_was_deleted_is_told_to_whoever_may_restore_it(
    hooks: Hooks, receiver: Receiver, databases: dict[str, Database]
) -> None:
    await hooks.create(receiver.url, "project.*")
    await databases["owner"].execute("DELETE FROM project.access WHERE project_id = $1", hooks.company.project)
    for kind in ("project.deleted.v1", "project.updated.v1"):
        await hooks.company.announce(kind)
    await hooks.work()
    assert [message.content["type"] for message in receiver.got] == ["project.deleted.v1"]


async def test_what_was_before_a_webhook_is_not_sent(hooks: Hooks, receiver: Receiver) -> None:
    await hooks.company.announce()
    await hooks.company.place()
    await hooks.create(receiver.url)
    await hooks.work()
    assert receiver.got == []


async def test_another_workspace_hears_nothing(
    hooks: Hooks, receiver: Receiver, databases: dict[str, Database]
) -> None:
    await hooks.create(receiver.url, "*")
    other = Company(databases, hooks.company._sequencer._wake)
    await other.found()
    await other.announce()
    await hooks.work()
    assert {message.content["data"]["workspace_id"] for message in receiver.got} <= {hooks.company.workspace}


async def test_two_secrets_sign_while_one_replaces_the_other(hooks: Hooks, receiver: Receiver) -> None:
    hook = await hooks.create(receiver.url)
    rotated = (await hooks.ask("POST", hook, "rotate-secret")).json()
    await hooks.company.announce()
    await hooks.work()
    [both] = receiver.got
    for secret in (hook["secret"], rotated["secret"]):
        both.verify(secret)
    clock.travel(timedelta(hours=25))
    await hooks.company.announce()
    await hooks.work()
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1


async def test_a_test_is_sent_and_told_of(hooks: Hooks, receiver: Receiver) -> None:
    hook = await hooks.create(receiver.url)
    asked = await hooks.ask("POST", hook, "test")
    await hooks.send()
    [got] = receiver.got
    got.verify(hook["secret"])
    assert (asked.status_code, asked.json()["id"]) == (202, got.id)
    assert got.content["type"] == "webhook.test.v1"
    assert got.content["data"] == {"webhook_id": hook["id"]}
    told = (await hooks.door.send(hooks.admin, "GET", f"/deliveries/{got.id}")).json()
    assert (told["state"], [attempt["status"] for attempt in told["log"]]) == ("delivered", [204])


async def test_a_window_of_events_is_one_statement(hooks: Hooks, receiver: Receiver, statements: list[str]) -> None:
    await hooks.create(receiver.url)
    for _ in range(40):
        await hooks.company.announce()
    await hooks.company.listen()
    assert len([statement for statement in statements if "INSERT INTO deliveries" in statement]) <= 2
    await hooks.send()
    assert len(receiver.got) == 40


async def test_an_event_that_was_put_aside_is_sent_once_it_is_replayed(
    hooks: Hooks, receiver: Receiver, databases: dict[str, Database]
) -> None:
    await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.company.place()
    position: Any = await databases["owner"].fetch_value("SELECT last_position FROM log.head")
    statement = "INSERT INTO notification.dead_letters VALUES ('fan_out_to_webhooks', $1, '', $2)"
    await databases["owner"].execute(statement, position, clock.now())
    [consumer] = [consumer for consumer in consumers() if consumer.name == "fan_out_to_webhooks"]
    assert await replay_dead_letters(databases["notification"], consumer) == 1
    await hooks.send()
    assert len(receiver.got) == 1
