"""A demo leaves nothing behind that nobody can enter, and no session open, however it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from taskyard.composition.apps import one_process
from taskyard.composition.boot import StartError
from taskyard.composition.demo import command
from taskyard.composition.demo.command import Demo
from taskyard.composition.demo.telling import Teller
from taskyard.composition.process import Application
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.settings import Settings
from tests.conftest import Cluster

AT = datetime(2027, 2, 10, tzinfo=UTC)


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> Settings:
    urls = {**cluster.service_urls, "owner": cluster.owner_url}
    return Settings(
        home=tmp_path,
        port=3000,
        public_url="http://localhost:3000",
        redis_url=cluster.redis_url,
        service_database_urls=urls,
        limits_enforced=False,
        log_level="error",
    )


@pytest.fixture
async def app(
    settings: Settings,
    cluster: Cluster,
    log_file: Path,  # noqa: ARG001 - logs are afterwards as they were
) -> AsyncIterator[Application]:
    app = one_process(settings, cluster.master_key, with_background=False)
    await app.start()
    yield app
    await app.stop()


@pytest.fixture
def owner(databases: dict[str, Database]) -> Database:
    return databases["owner"]


async def count_accounts(owner: Database, slug: str) -> int:
    count: int = await owner.fetch_value("SELECT count(*) FROM auth.people WHERE email LIKE $1", f"%@{slug}.%")
    return count


@pytest.mark.parametrize("deleted_at", [None, AT])
async def test_slug_of_a_workspace_is_refused_before_anybody_signs_up(
    app: Application, settings: Settings, owner: Database, deleted_at: datetime | None
) -> None:
    slug = f"w-{new_id()}"
    statement = """
        INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at, deleted_at)
        VALUES ($1, $2, 'Acme', $1, $3, $3, $4)
    """
    await owner.execute(statement, new_id(), slug, AT, deleted_at)
    with pytest.raises(StartError, match=f"{slug} already"):
        await command._tell(app, settings, Demo(slug, 1), asyncio.Event())

    assert await count_accounts(owner, slug) == 0


async def test_address_of_one_person_is_refused_before_the_others_sign_up(
    app: Application, settings: Settings, owner: Database
) -> None:
    slug, email = "mill-pond", "emil@mill-pond.example.com"
    statement = """
        INSERT INTO auth.people (id, email, email_folded, name, disabled_at, created_at, updated_at)
        VALUES ($1, $2, $2, 'Emil', $3, $3, $3)
    """
    await owner.execute(statement, new_id(), email, AT)
    with pytest.raises(StartError, match=f"{slug} already"):
        await command._tell(app, settings, Demo(slug, 1), asyncio.Event())

    assert await count_accounts(owner, slug) == 1


async def test_story_that_breaks_off_leaves_no_session_open_and_shows_the_password(
    app: Application,
    settings: Settings,
    owner: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def break_off(*_: Any) -> bool:
        raise ConnectionError

    monkeypatch.setattr(Teller, "tell", break_off)
    with pytest.raises(ConnectionError):
        await command._tell(app, settings, Demo("mill-dam", 1), asyncio.Event())

    statement = """
        SELECT count(*) FILTER (WHERE s.revoked_at IS NULL), count(*)
          FROM auth.sessions s JOIN auth.people p ON p.id = s.person_id WHERE p.email LIKE '%@mill-dam.%'
    """
    row = await owner.fetch_row(statement)
    assert row is not None
    assert (row[0], row[1] > 0) == (0, True)
    assert "Everybody's password is" in capsys.readouterr().out
