"""The way of every write and of every repeated write, through a small service."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Database, Transaction
from taskyard.kit.http import build_service
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import Conflict, PermissionDenied, Unavailable
from taskyard.kit.requests import REQUEST_ID
from taskyard.kit.write import read, write


class Wish(msgspec.Struct):
    """What the client asks for: an answer, or one of several failures."""

    say: str


class Note(msgspec.Struct):
    """What the service answers with."""

    id: str
    version: int
    say: str


class Desk:
    """Counts what was carried out."""

    def __init__(self) -> None:
        self.done = 0
        self.is_closed = False


@post("/notes/{room:str}")
async def add(
    request: Request[Any, Any, Any],
    room: FromPath[str],
    database: NamedDependency[Database],
    desk: NamedDependency[Desk],
    data: JSONBody[Wish],
) -> Response[Note | None]:
    """Add a note."""

    async def act(tx: Transaction) -> Note | None:
        desk.done += 1
        note = Note(new_id(), 1, data.say)
        await announce(tx, Change(type="note.added.v1", resource_id=note.id, version=1, data=note))
        await asyncio.sleep(0.02)
        if data.say == "conflict":
            raise Conflict
        if data.say == "away":
            raise Unavailable
        return None if data.say == "nothing" else note

    async def recheck(_: Transaction) -> None:
        if desk.is_closed:
            raise PermissionDenied

    check = recheck if room != "open" else None
    return await write(request, database, act, recheck=check, status=201, location="/notes/" + room + "/{id}")


@get("/notes")
async def show(request: Request[Any, Any, Any]) -> Response[Note]:
    """Show a note."""
    return read(request, Note("1", 3, "x"))


class Client:
    """Sends requests as one person or as nobody."""

    def __init__(self, database: Database) -> None:
        self.desk = Desk()
        self.person: Principal | None = Principal(id=new_id())
        app = build_service(title="notes", handlers=[add, show], provided={"database": database, "desk": self.desk})

        async def door(scope: Any, receive: Any, send: Any) -> None:
            scope[PRINCIPAL], scope[REQUEST_ID] = self.person, "request-1"
            await app(scope, receive, send)

        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://test")

    async def add(self, key: str | None, say: str = "hello", room: str = "a", **headers: str) -> httpx.Response:
        """POST one note."""
        sent = {**headers, **({"Idempotency-Key": key} if key is not None else {})}
        return await self.http.post(f"/notes/{room}", json={"say": say}, headers=sent)


@pytest.fixture
async def client(databases: dict[str, Database]) -> AsyncIterator[Client]:
    client = Client(databases["task"])
    yield client
    await client.http.aclose()


async def test_write_answers_with_status_location_and_tag(client: Client) -> None:
    response = await client.add(None)

    assert (response.status_code, response.headers["etag"]) == (201, '"1"')
    assert response.headers["location"] == f"/notes/a/{response.json()['id']}"
    assert "idempotency-replayed" not in response.headers


async def test_write_without_a_key_leaves_no_row(client: Client, databases: dict[str, Database]) -> None:
    count = "SELECT count(*) FROM task.idempotency_keys"
    before = await databases["owner"].fetch_value(count)
    await client.add(None)
    assert await databases["owner"].fetch_value(count) == before

    await client.add("k")
    assert await databases["owner"].fetch_value(count) == before + 1


async def test_repeated_write_is_answered_again_and_not_done_again(client: Client) -> None:
    first, second = await client.add("k"), await client.add("k")

    assert client.desk.done == 1
    assert second.headers["idempotency-replayed"] == "true"
    assert (second.status_code, second.content) == (first.status_code, first.content)
    for name in ("etag", "location", "content-type"):
        assert second.headers[name] == first.headers[name]


async def test_empty_answer_is_repeated_too(client: Client) -> None:
    answers = [await client.add("k", "nothing") for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
    assert client.desk.done == 1


async def test_of_fifty_parallel_writes_with_one_key_one_is_done(client: Client) -> None:
    answers = await asyncio.gather(*(client.add("k") for _ in range(50)))

    assert client.desk.done == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    refused = [answer for answer in answers if answer.status_code == 409]
    assert refused
    assert {(answer.json()["code"], answer.headers["retry-after"]) for answer in refused} == {
        ("idempotency_key_in_use", "1")
    }


@pytest.mark.parametrize("other", [{"say": "bye"}, {"content-type": "application/json; charset=utf-8"}])
async def test_key_used_for_something_else_is_refused(client: Client, other: dict[str, str]) -> None:
    await client.add("k")
    response = await client.add("k", **other)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_key_belongs_to_person_path_and_query(client: Client) -> None:
    await client.add("k")
    await client.add("k", room="b")
    client.person = Principal(id=new_id())
    await client.add("k")
    client.person = None
    await client.add("k")

    assert client.desk.done == 4
    assert (await client.add("k")).headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(("say", "status"), [("conflict", 409), ("away", 503)])
async def test_failure_is_not_stored(client: Client, say: str, status: int) -> None:
    answers = [await client.add("k", say) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [status, status]
    assert client.desk.done == 2


async def test_answer_is_forgotten_after_a_day(client: Client) -> None:
    await client.add("k")
    clock.travel(timedelta(hours=23))
    await client.add("k")
    assert client.desk.done == 1

    clock.travel(timedelta(hours=2))
    await client.add("k", "something else")
    assert client.desk.done == 2
    assert (await client.add("k", "something else")).headers["idempotency-replayed"] == "true"


async def test_stored_answer_is_not_given_to_who_lost_the_permission(client: Client) -> None:
    await client.add("k")
    client.desk.is_closed = True

    assert (await client.add("k")).status_code == 403


async def test_write_may_go_without_a_recheck(client: Client) -> None:
    answers = [await client.add("k", room="open") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_impossible_key_is_refused(client: Client, key: str) -> None:
    response = await client.add(key)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/headers/idempotency-key")


async def test_read_answers_304_to_who_has_this_version(client: Client) -> None:
    tags = ['"3"', 'W/"3"', '"1", "3"', "*", '"2"']
    answers = [await client.http.get("/notes", headers={"If-None-Match": tag}) for tag in tags]

    assert [answer.status_code for answer in answers] == [304, 304, 304, 304, 200]
    assert answers[0].content == b""
    assert answers[0].headers["etag"] == answers[-1].headers["etag"] == '"3"'


async def test_exhausted_pool_answers_503_in_time(client: Client, databases: dict[str, Database]) -> None:
    pool = databases["task"].pool
    pool._acquire_timeout = 0.2
    held = [await pool.acquire() for _ in range(pool.size)]
    response = await client.add(None)
    for connection in held:
        pool.release(connection)

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert (await client.add(None)).status_code == 201


async def test_service_put_together_wrongly_is_our_fault_and_not_the_clients(databases: dict[str, Database]) -> None:
    app = build_service(title="notes", handlers=[add], provided={"database": databases["task"], "desk": "no desk"})
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type] # its own words for ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        response = await http.post("/notes/a", json={"say": "hello"})

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")


async def test_event_carries_who_and_in_which_request(client: Client, databases: dict[str, Database]) -> None:
    note = (await client.add(None)).json()
    row = await databases["owner"].fetch_row(
        "SELECT actor_id::text, origin, request_id, version, data FROM log.events WHERE resource_id = $1", note["id"]
    )

    assert row is not None
    assert client.person is not None
    assert tuple(row)[:4] == (client.person.id, "api", "request-1", 1)
    assert msgspec.json.decode(row[4]) == note
