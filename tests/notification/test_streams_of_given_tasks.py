"""Who was given a single task hears what happens to it, live and later, and nothing else of its project."""

from typing import Any

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.notification.queries import events as event_queries
from taskyard.notification.queries import grants
from taskyard.notification.streams import EventHub
from tests.notification.company import Company, Grant, Task
from tests.notification.door import Door, OpenStream, arrived
from tests.notification.hooks import Hooks, Receiver

pytestmark = pytest.mark.usefixtures("running")
TOLD = ("comment", "checklist_item", "reaction", "time_entry", "attachment")
UNTOLD = ("relation", "grant")


@pytest.fixture
async def gail(company: Company) -> str:
    """Somebody of the workspace who sees no project."""
    person_id = new_id()
    await company.act_as(person_id, person_id)
    return person_id


@pytest.fixture
async def task(company: Company) -> str:
    return await company.add_task()


async def change(
    company: Company,
    task_id: str,
    kind: str = "task.updated.v1",
    *,
    project_id: str = "",
    audience_id: str | None = None,
) -> str:
    """Write and place that a task changed, or something that hangs on it."""
    part = Task(task_id, "Repair the lift", []) if kind.startswith("task.") else Grant(new_id(), task_id, new_id())
    name = await company.announce(kind, task=part, project_id=project_id, audience_id=audience_id)
    await company.place()
    return name


async def heard(door: Door, caller: str | Principal, start: str, query: str = "") -> list[str]:
    """What somebody reads in the log after a place."""
    return [item["resource_id"] for item in await door.items(caller, f"/events?after={start}&limit=200{query}")]


async def test_they_hear_of_the_task_and_of_nothing_beside_it(
    company: Company, door: Door, gail: str, task: str
) -> None:
    sibling, start = await company.add_task(), await company.head()
    await company.give(task, gail)
    async with door.stream(gail) as stream, door.stream(company.stranger) as stranger:
        names = [await change(company, task, f"{noun}.created.v1") for noun in TOLD]
        for noun in UNTOLD:
            await change(company, task, f"{noun}.created.v1")
        names += [await change(company, task, "watch.updated.v1", audience_id=gail)]
        await change(company, task, "watch.updated.v1", audience_id=company.boss)
        await change(company, sibling)
        await change(company, sibling, "comment.created.v1")
        await change(company, task, project_id=company.secret_project)
        await change(company, new_id(), "project.updated.v1")
        names += [await change(company, task, kind) for kind in ("task.updated.v1", "task.deleted.v1")]
        await arrived(stream, *names)
        assert stranger.resources == []
    assert await heard(door, gail, start) == names
    assert await heard(door, gail, start, "&type=comment.created.v1") == names[:1]
    assert await heard(door, company.stranger, start) == []
    async with door.stream(gail, last_event_id=start) as again:
        await arrived(again, *names)


async def test_who_is_given_a_task_while_connected_hears_of_it_from_then_on(
    company: Company, door: Door, gail: str, task: str
) -> None:
    async with door.stream(gail) as stream:
        await change(company, task)
        await company.share(task, gail)
        await stream.until(lambda: len(stream.resources) == 1)
        await change(company, task)
        await stream.until(lambda: len(stream.resources) == 2)
        assert [kind for _, kind, _ in stream.frames] == ["shared_task.created.v1", "task.updated.v1"]


async def test_who_has_it_no_longer_hears_nothing_more_at_once(
    company: Company, door: Door, gail: str, task: str, hub: EventHub
) -> None:
    await company.give(task, gail)
    async with door.stream(gail) as stream, door.stream(company.boss) as boss:
        await let_wait(company, task, stream, boss)
        await company.unshare(task, gail)
        await change(company, task)
        await arrived(boss, *[task] * 4)
        stream.may_read.set()
        own = await say(company, gail)
        await stream.until(lambda: own in stream.resources)
        kinds = [kind for _, kind, _ in stream.frames]
        assert kinds == ["task.updated.v1", "task.updated.v1", "shared_task.deleted.v1", "person.updated.v1"]
        assert not hub._given.holds(Principal(id=gail).access_id)


async def test_who_leaves_the_workspace_hears_nothing_more_though_the_grant_is_there(
    company: Company, door: Door, gail: str, task: str
) -> None:
    start = await company.head()
    await company.give(task, gail)
    async with door.stream(gail) as stream, door.stream(company.boss) as boss:
        await let_wait(company, task, stream, boss)
        await company.remove(gail)
        await change(company, task)
        await arrived(boss, *[task] * 4)
        stream.may_read.set()
        own = await say(company, gail)
        await arrived(stream, task, task, own)
    assert await heard(door, gail, start) == [own]


async def let_wait(company: Company, task: str, stream: OpenStream, other: OpenStream) -> None:
    """Three changes: one that came, one that sticks in the connection, and one that waits in the queue."""
    await change(company, task)
    await arrived(stream, task)
    stream.may_read.clear()
    for count in (2, 3):
        await change(company, task)
        await arrived(other, *[task] * count)


async def say(company: Company, person_id: str) -> str:
    """Write and place something for one person, which has nothing to do with workspaces."""
    name = await company.announce("person.updated.v1", project_id=None, workspace_id=None, audience_id=person_id)
    await company.place()
    return name


async def test_limits_of_the_credential_and_the_sign_in_hold(
    company: Company, door: Door, gail: str, task: str
) -> None:
    start = await company.head()
    await company.give(task, gail)
    await change(company, task)
    elsewhere = Principal(id=gail, project_ids=frozenset({company.secret_project}))
    here = Principal(id=gail, project_ids=frozenset({company.project}))
    assert [await heard(door, one, start) for one in (gail, elsewhere, here)] == [[task], [], [task]]
    await company.demand()
    strong = Principal(id=gail, is_strong=True)
    assert [await heard(door, one, start) for one in (gail, strong)] == [[], [task]]
    async with door.stream(gail) as weak, door.stream(strong) as stream:
        await change(company, task)
        await arrived(stream, task)
        assert weak.resources == []


async def test_a_project_in_the_trash_tells_nothing(
    company: Company, door: Door, gail: str, task: str, databases: dict[str, Database]
) -> None:
    start = await company.head()
    await company.give(task, gail)
    async with door.stream(gail) as stream:
        await databases["owner"].execute(
            "UPDATE project.projects SET deleted_at = now() WHERE id = $1", company.project
        )
        await change(company, task)
        own = await say(company, gail)
        await arrived(stream, own)
    assert await heard(door, gail, start) == [own]


async def test_who_sees_the_project_too_hears_everything_once(company: Company, door: Door, task: str) -> None:
    start = await company.head()
    await company.give(task, company.colleague)
    async with door.stream(company.colleague) as stream:
        names = [await change(company, task), await change(company, task, "relation.created.v1")]
        await arrived(stream, *names)
    assert await heard(door, company.colleague, start) == names


async def test_rare_changes_are_looked_for_a_part_of_the_log_at_a_time(
    company: Company, door: Door, gail: str, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = await company.head()
    await company.give(task, gail)
    for _ in range(3):
        await company.announce()
    await change(company, task)
    monkeypatch.setattr(event_queries, "_SEEN", event_queries._SEEN.replace("100000", "2"))
    page = (await door.send(gail, "GET", f"/events?after={start}")).json()
    assert (page["items"], page["next_cursor"] is None) == ([], False)
    assert await heard(door, gail, page["next_cursor"]) == [task]
    async with door.stream(gail, last_event_id=start) as stream:
        await arrived(stream, task)


async def test_nothing_more_is_asked_where_nobody_connected_was_given_a_task(
    company: Company, door: Door, gail: str, task: str, statements: list[str]
) -> None:
    async with door.stream(company.boss) as boss:
        await change(company, task)
        await arrived(boss, task)
        statements.clear()
        await change(company, task)
        await arrived(boss, task, task)
        assert not [one for one in statements if "grants_v2" in one]
        await company.give(task, gail)
        async with door.stream(gail) as stream:
            await change(company, task)
            await arrived(stream, task)
        assert [one for one in statements if "grants_v2" in one]


async def test_after_a_restore_of_the_log_who_was_given_what_is_asked_again(
    company: Company, door: Door, gail: str, task: str, databases: dict[str, Database]
) -> None:
    async with door.stream(gail) as stream:
        await company.give(task, gail)  # as a restore would bring it back, which nobody is told
        await databases["owner"].execute("UPDATE log.head SET epoch = epoch + 1")
        await stream.until(lambda: "event: reset" in stream.text)
        await change(company, task)
        await stream.until(lambda: task in stream.text)


async def test_what_is_placed_while_a_stream_opens_is_not_missed(
    company: Company, door: Door, gail: str, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.give(task, gail)
    find = grants.find_head_and_holdings
    async with door.stream(company.boss) as boss:

        async def find_slowly(*args: Any) -> Any:
            found = await find(*args)
            await change(company, task)
            await arrived(boss, task)
            return found

        monkeypatch.setattr("taskyard.notification.streams.openings.find_head_and_holdings", find_slowly)
        async with door.stream(gail) as stream:
            await arrived(stream, task)


async def test_a_webhook_hears_of_a_task_that_was_given_to_who_it_acts_for(
    company: Company, hooks: Hooks, receiver: Receiver
) -> None:
    mine, other = await company.add_task(), await company.add_task()
    for one in (mine, other):
        await hooks.databases["owner"].execute(
            "UPDATE task.tasks SET project_id = $2 WHERE id = $1", one, company.secret_project
        )
    await hooks.create(receiver.url, "task.*")
    await company.give(mine, hooks.admin)
    for one in (mine, other):
        await change(company, one, project_id=company.secret_project)
    await hooks.work()
    assert [got.resource for got in receiver.got] == [mine]
