"""The operational endpoints tell the truth about the database, and only degrade without the rest."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from litestar import get
from litestar.di import NamedDependency

from taskyard.kit.asgi import ask
from taskyard.kit.database import Database
from taskyard.kit.health import Readiness, operational_handlers
from taskyard.kit.http import build_service
from taskyard.kit.principal import Principal


class Thing(msgspec.Struct):
    """Something to describe."""

    id: str


@get("/api/v1/things", tags=["things"])
async def list_things(caller: NamedDependency[Principal]) -> Thing:
    """List the things."""
    return Thing(caller.id)


@get("/api/v1/open")
async def show_open() -> Thing:
    """Show what everybody may see."""
    return Thing("open")


async def _away() -> None:
    raise ConnectionError


@pytest.fixture
async def nowhere() -> AsyncIterator[Database]:
    """A database that is not there."""
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    yield database
    await database.close()


async def _ask(database: Database, path: str, *, broken: bool = False) -> tuple[int, str]:
    probes = {"redis": _away} if broken else {}
    handlers = [*operational_handlers(database=database, version="1.2", probes=probes), list_things, show_open]
    app = build_service(title="Things", handlers=handlers, provided={})
    reply = await ask(app, path)
    return reply.status, reply.body.decode()


async def test_migrated_database_makes_a_service_ready(databases: dict[str, Database]) -> None:
    assert await _ask(databases["task"], "/ready") == (200, '{"ready":true}')
    status, text = await _ask(databases["task"], "/health")
    expected = {"status": "ok", "version": "1.2", "dependencies": {"database": "ok"}}
    assert (status, msgspec.json.decode(text)) == (200, expected)


async def test_other_dependencies_only_degrade(databases: dict[str, Database]) -> None:
    status, text = await _ask(databases["task"], "/health", broken=True)
    document = msgspec.json.decode(text)
    assert (status, document["status"], document["dependencies"]["redis"]) == (200, "degraded", "down")
    assert (await _ask(databases["task"], "/ready", broken=True))[0] == 200


async def test_without_its_database_a_service_lives_but_is_not_ready(nowhere: Database) -> None:
    assert (await _ask(nowhere, "/live"))[0] == 200
    assert (await _ask(nowhere, "/ready"))[0] == 503
    status, text = await _ask(nowhere, "/health")
    assert (status, msgspec.json.decode(text)["status"]) == (503, "down")


async def test_unmigrated_database_is_not_ready(
    databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def some(_connection: object) -> list[str]:
        return ["task/0002_more.sql"]

    readiness = Readiness(databases["task"])
    with monkeypatch.context() as patched:
        patched.setattr("taskyard.kit.health.pending", some)
        assert not await readiness()
    assert await readiness()


async def test_metrics_are_prometheus_text(nowhere: Database) -> None:
    status, text = await _ask(nowhere, "/metrics")
    assert status == 200
    assert "# TYPE taskyard_requests_total counter" in text


async def test_schema_demands_a_token_where_a_caller_is_taken(nowhere: Database) -> None:
    _, text = await _ask(nowhere, "/openapi.json")
    paths = msgspec.json.decode(text)["paths"]
    assert set(paths) == {"/api/v1/things", "/api/v1/open"}
    assert paths["/api/v1/things"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in paths["/api/v1/open"]["get"]
    assert "parameters" not in paths["/api/v1/things"]["get"]
