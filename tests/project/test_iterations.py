"""Iterations, through the door."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, EventTypes, Status, World

Plan = Callable[..., Awaitable[str]]


@pytest.fixture
async def project(world: World) -> str:
    return f"/projects/{(await world.project())['id']}"


@pytest.fixture
def plan(api: Api, world: World, project: str) -> Plan:
    """Plan an iteration of the project; its path."""

    async def make(name: str, starts_on: str = "2027-01-01", ends_on: str = "2027-01-14") -> str:
        body = {"name": name, "starts_on": starts_on, "ends_on": ends_on}
        return f"/iterations/{(await api.made(world.admin, f'{project}/iterations', body))['id']}"

    return make


async def test_iteration_is_planned_changed_and_given_up(
    api: Api, status: Status, world: World, project: str, event_types: EventTypes
) -> None:
    body = {"name": " One ", "starts_on": "2027-01-01", "ends_on": "2027-01-14", "goal": "a\r\nb"}
    response = await api.send(world.admin, "POST", f"{project}/iterations", body, Idempotency_Key="i")
    made = response.json()
    assert (response.status_code, made["name"], made["goal"], made["state"]) == (201, "One", "a\nb", "planned")
    one = f"/iterations/{made['id']}"
    assert response.headers["location"] == f"/api/v1{one}"
    assert (await api.send(world.admin, "POST", f"{project}/iterations", body, Idempotency_Key="i")).json() == made
    assert (await api.send(world.viewer, "GET", one)).json() == made
    changed = await api.send(world.admin, "PATCH", one, {"ends_on": "2027-01-01"}, If_Match='"1"')
    assert (changed.json()["ends_on"], changed.headers["etag"]) == ("2027-01-01", '"2"')
    assert (await api.send(world.viewer, "GET", f"{project}/iterations")).json()["items"] == [changed.json()]
    assert await status(world.admin, "POST", f"{project}/iterations", body) == 409
    assert await status(world.admin, "DELETE", one, If_Match='"1"') == 412
    assert await status(world.admin, "DELETE", one) == 204
    assert await status(world.viewer, "GET", one) == 404
    ends = ["iteration.created.v1", "iteration.updated.v1", "iteration.deleted.v1"]
    assert (await event_types(world.workspace_id))[-3:] == ends


async def test_one_iteration_at_a_time_is_under_way(api: Api, world: World, plan: Plan) -> None:
    first, second = await plan("One"), await plan("Two")
    started = await api.send(world.admin, "POST", f"{first}/start", Idempotency_Key="s")
    assert (started.json()["state"], started.json()["started_at"] is None) == ("active", False)
    again = await api.send(world.admin, "POST", f"{first}/start", Idempotency_Key="s")
    assert again.json() == started.json()
    for path, code in (
        (f"{first}/start", "iteration_not_planned"),
        (f"{second}/start", "iteration_active"),
        (f"{second}/close", "iteration_not_active"),
    ):
        answer = await api.send(world.admin, "POST", path, {} if "close" in path else None)
        assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_open_tasks_go_to_the_iteration_that_starts_next(
    api: Api, world: World, plan: Plan, databases: dict[str, Database]
) -> None:
    first = await plan("One")
    await plan("Later", "2027-02-01", "2027-02-14")
    following = await plan("Next", "2027-01-15", "2027-01-28")
    await plan("Before", "2026-01-15", "2026-01-28")
    await api.send(world.admin, "POST", f"{first}/start")
    closed = await api.send(world.admin, "POST", f"{first}/close", {}, If_Match='"2"')
    assert (closed.status_code, closed.json()["state"], closed.headers["etag"]) == (200, "closed", '"3"')
    assert f"/iterations/{closed.json()['moved_to']}" == following
    sql = "SELECT data FROM log.events WHERE type = 'iteration.closed.v1' AND workspace_id = $1::uuid"
    data = msgspec.json.decode(await databases["owner"].fetch_value(sql, world.workspace_id))
    assert data == closed.json()


@pytest.mark.parametrize("wanted", ["named", "none", "nothing planned"])
async def test_open_tasks_go_where_it_is_said(api: Api, world: World, plan: Plan, wanted: str) -> None:
    first = await plan("One")
    expected, body = None, dict[str, str | None]()
    if wanted == "named":
        expected = body["move_open_to"] = (await plan("Before", "2026-01-15", "2026-01-28")).rpartition("/")[2]
    elif wanted == "none":
        await plan("Next", "2027-01-15", "2027-01-28")
        body["move_open_to"] = None
    await api.send(world.admin, "POST", f"{first}/start")
    closed = await api.send(world.admin, "POST", f"{first}/close", body)
    assert closed.json()["moved_to"] == expected


async def test_open_tasks_go_to_a_planned_iteration_of_the_project(
    api: Api, status: Status, world: World, plan: Plan
) -> None:
    first = await plan("One")
    other = (await world.project("OTHER"))["id"]
    days = {"starts_on": "2027-01-01", "ends_on": "2027-01-14"}
    foreign = await api.made(world.admin, f"/projects/{other}/iterations", {"name": "Foreign", **days})
    await api.send(world.admin, "POST", f"{first}/start")
    for target in (first.rpartition("/")[2], foreign["id"], new_id(), "nonsense"):
        assert await status(world.admin, "POST", f"{first}/close", {"move_open_to": target}) == 422


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"starts_on": "2027-01-15"}, {"ends_on": "soon"}, {"goal": "\x00"}, {"state": "active"}]
)
async def test_malformed_iteration_is_refused(
    status: Status, world: World, project: str, plan: Plan, wrong: dict[str, Any]
) -> None:
    body = {"name": "Two", "starts_on": "2027-01-01", "ends_on": "2027-01-14", **wrong}
    assert await status(world.admin, "POST", f"{project}/iterations", body) == 422
    assert await status(world.admin, "PATCH", await plan("One"), wrong) == 422


async def test_who_may_arrange_iterations(status: Status, world: World, project: str, plan: Plan) -> None:
    one, path = await plan("One"), f"{project}/iterations"
    body = {"name": "Mine", "starts_on": "2027-01-01", "ends_on": "2027-01-14"}
    read_only = Principal(id=world.owner, scopes=frozenset({"projects:read"}))
    cases = [(world.member, 403), (world.viewer, 403), (read_only, 403), (world.guest, 404), (world.outsider, 404)]
    for person, expected in cases:
        assert await status(person, "POST", path, body) == expected
        assert await status(person, "PATCH", one, {"name": "Mine"}) == expected
        assert await status(person, "POST", f"{one}/start") == expected
        assert await status(person, "POST", f"{one}/close", {}) == expected
        assert await status(person, "DELETE", one) == expected
    for person in (world.guest, world.outsider):
        assert await status(person, "GET", path) == 404
        assert await status(person, "GET", one) == 404
    for nowhere in (f"/iterations/{new_id()}", "/iterations/nonsense"):
        assert await status(world.owner, "DELETE", nowhere) == 404
