"""Who sees which event, page by page, and what a place in the log means."""

import msgspec
import pytest

from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from taskyard.notification.queries import events as event_queries
from tests.notification.company import Company
from tests.notification.door import Door


@pytest.fixture
async def start(company: Company) -> str:
    """Where the log ended before the test."""
    await company.place()
    return await company.head()


async def seen_by(door: Door, company: Company, start: str) -> dict[str, list[str]]:
    people = {name: getattr(company, name) for name in ("boss", "colleague", "guest", "stranger")}
    return {
        name: [item["resource_id"] for item in await door.items(person, f"/events?after={start}")]
        for name, person in people.items()
    }


async def test_event_of_a_project_is_for_those_who_see_it(company: Company, door: Door, start: str) -> None:
    a = await company.announce()
    b = await company.announce(project_id=company.secret_project)
    await company.place()
    seen = await seen_by(door, company, start)
    assert seen == {"boss": [a, b], "colleague": [a], "guest": [a], "stranger": []}


async def test_event_of_a_workspace_is_for_its_members(company: Company, door: Door, start: str) -> None:
    a = await company.announce("member.added.v1", project_id=None)
    await company.place()
    assert await seen_by(door, company, start) == {"boss": [a], "colleague": [a], "guest": [], "stranger": []}


async def test_event_for_one_person_is_only_for_them(company: Company, door: Door, start: str) -> None:
    a = await company.announce(audience_id=company.guest)
    b = await company.announce(audience_id=company.stranger, project_id=None, workspace_id=None)
    c = await company.announce(audience_id=company.stranger)
    d = await company.announce(audience_id=company.stranger, project_id=None)
    await company.place()
    seen = await seen_by(door, company, start)
    assert seen == {"boss": [], "colleague": [], "guest": [a], "stranger": [b, d]}
    assert c not in seen["stranger"], "an audience never widens what a project allows"


async def test_event_of_nothing_is_for_nobody(company: Company, door: Door, start: str) -> None:
    await company.announce(project_id=None, workspace_id=None)
    await company.place()
    assert not any((await seen_by(door, company, start)).values())


async def test_an_event_says_what_the_contract_says(company: Company, door: Door, start: str) -> None:
    task_id = await company.announce()
    await company.place()
    [item] = await door.items(company.colleague, f"/events?after={start}&project_id={company.project}")
    assert {name: item[name] for name in ("resource_id", "type", "version", "origin")} == {
        "resource_id": task_id, "type": "task.updated.v1", "version": 1, "origin": "api",
    }  # fmt: skip
    assert (item["workspace_id"], item["project_id"], item["actor_id"]) == (
        company.workspace,
        company.project,
        company.boss,
    )
    assert item["data"] == {"id": task_id, "title": "Repair the lift", "assignee_ids": []}
    assert set(item) == {"position", "type", "resource_id", "workspace_id", "project_id", "version", "actor_id", "at",
                         "origin", "data", "changes"}  # fmt: skip


async def test_removed_member_reads_nothing_more(company: Company, door: Door, start: str) -> None:
    await company.announce()
    await company.place()
    await company.remove(company.colleague)
    assert await door.items(company.colleague, f"/events?after={start}") == []


async def test_filters_narrow(company: Company, door: Door, start: str) -> None:
    await company.announce()
    b = await company.announce("task.deleted.v1", project_id=company.secret_project)
    c = await company.announce("member.added.v1", project_id=None)
    await company.place()

    async def found(query: str) -> list[str]:
        return [item["resource_id"] for item in await door.items(company.boss, f"/events?after={start}&{query}")]

    assert await found(f"project_id={company.secret_project}") == [b]
    assert await found("type=member.added.v1&type=task.deleted.v1") == [b, c]
    assert await found("type=member.added.v1") == [c]


async def test_a_limited_credential_sees_its_projects_only(company: Company, door: Door, start: str) -> None:
    a = await company.announce()
    await company.announce(project_id=company.secret_project)
    await company.announce("member.added.v1", project_id=None)
    await company.announce(audience_id=company.boss, project_id=None, workspace_id=None)
    await company.place()
    limited = Principal(id=company.boss, project_ids=frozenset({company.project}))
    assert [item["resource_id"] for item in await door.items(limited, f"/events?after={start}")] == [a]
    assert await door.items(limited, f"/events?after={start}&project_id={company.secret_project}") == []


async def test_pages_lead_to_the_end(company: Company, door: Door, start: str) -> None:
    written = [await company.announce() for _ in range(5)]
    await company.announce(project_id=company.secret_project)
    await company.place()
    found: list[str] = []
    after: str | None = start
    for _ in range(3):
        answer = await door.send(company.colleague, "GET", f"/events?after={after}&limit=2")
        found += [item["resource_id"] for item in answer.json()["items"]]
        after = answer.json()["next_cursor"]
    assert (found, after) == (written, None)
    assert answer.headers["taskyard-position"] == await company.head()
    assert answer.json()["epoch"] == int(start.split(":", maxsplit=1)[0])


async def test_a_bare_number_means_the_present_epoch(company: Company, door: Door, start: str) -> None:
    a = await company.announce()
    await company.place()
    [item] = await door.items(company.colleague, f"/events?after={start.split(':')[1]}")
    assert item["resource_id"] == a


async def test_a_rare_type_is_searched_in_windows(
    company: Company, door: Door, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_queries, "_SEEN", event_queries._SEEN.replace("+ 100000", "+ 2"))
    for _ in range(3):
        await company.announce()
    a = await company.announce("task.deleted.v1")
    await company.place()
    query = f"/events?type=task.deleted.v1&project_id={company.project}"
    first = (await door.send(company.colleague, "GET", f"{query}&after={start}")).json()
    assert first["items"] == []
    [item] = await door.items(company.colleague, f"{query}&after={first['next_cursor']}")
    assert item["resource_id"] == a


async def test_a_place_of_another_epoch_is_gone(company: Company, door: Door) -> None:
    answer = await door.send(company.colleague, "GET", "/events?after=1:7")
    assert (answer.status_code, answer.json()["code"]) == (410, "epoch_changed")
    assert answer.headers["taskyard-position"] == await company.head()
    assert (await company.head()).split(":")[0] in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=-1", "after=1:2:3", "after=:", "after=²", f"after={'9' * 20}", "project_id=x", "limit=0", "x=1"],
)
async def test_malformed_requests_are_refused(company: Company, door: Door, query: str) -> None:
    assert (await door.send(company.boss, "GET", f"/events?{query}")).status_code == 422
    if not query.startswith("limit"):
        assert (await door.send(company.boss, "GET", f"/events/stream?{query}")).status_code == 422


@pytest.mark.parametrize("place", ["{epoch}:{beyond}", "{beyond}", "9" * 19])
async def test_a_place_beyond_the_end_is_gone(company: Company, door: Door, place: str) -> None:
    epoch, position = (await company.head()).split(":")
    place = place.format(epoch=epoch, beyond=int(position) + 1)
    answer = await door.send(company.boss, "GET", f"/events?after={place}")
    assert (answer.status_code, answer.json()["code"]) == (410, "epoch_changed")
    assert answer.headers["taskyard-position"] == await company.head()


async def test_the_end_itself_is_a_place(company: Company, door: Door) -> None:
    answer = await door.send(company.boss, "GET", f"/events?after={await company.head()}")
    assert (answer.json()["items"], answer.json()["next_cursor"]) == ([], None)


async def test_anonymous_requests_are_refused(door: Door) -> None:
    assert (await door.send(None, "GET", "/events")).status_code == 401
    assert (await door.send(None, "GET", "/events/stream")).status_code == 401


async def test_the_page_uses_the_indexes_of_positions(company: Company, databases: dict[str, Database]) -> None:
    async with databases["owner"].transaction() as tx:  # what other tests left would decide about the plan
        await tx.execute("TRUNCATE log.positions, log.events, log.event_queue; SET LOCAL enable_seqscan = off")
        await tx.execute(
            "DELETE FROM pg_statistic WHERE starelid IN ('log.positions'::regclass, 'log.events'::regclass)"
        )
        await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL search_path = notification")
        rows = await tx.fetch(f"EXPLAIN (COSTS off) {event_queries._SEEN}", company.boss, None, 0, None, 51)
        await tx.roll_back()
    plan = "\n".join(row[0] for row in rows)
    assert "positions_of_project" in plan
    assert "positions_of_audience" in plan


async def test_the_schema_describes_every_route(door: Door) -> None:
    paths = msgspec.to_builtins(door.schema)["paths"]
    stream = paths["/api/v1/events/stream"]["get"]
    assert "text/event-stream" in stream["responses"]["200"]["content"]
    assert {parameter["name"] for parameter in stream["parameters"]} == {"after", "project_id", "type"}
    assert {"/api/v1/notifications", "/api/v1/events", "/api/v1/events/stream"} <= set(paths)
