"""Browsers: the cookie stands for a session, as long as it lives, and changes nothing for pages elsewhere."""

from datetime import timedelta
from typing import Any

import pytest

from taskyard.kit import clock
from taskyard.kit.browsers import BrowserSessions, cookie_name, hash_of_cookie, read_cookie
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.problems import ForeignOrigin

URL = "https://tasks.example"


@pytest.fixture
def browsers(databases: dict[str, Database]) -> BrowserSessions:
    return BrowserSessions(databases["gateway"], public_url=URL)


async def session(owner: Database, cookie: str, *, seen: timedelta = timedelta(0)) -> str:
    """A person's session with a cookie, last used some time ago."""
    person, session_id, now = new_id(), new_id(), clock.now()
    await owner.execute(
        "INSERT INTO auth.people (id, email, email_folded, name, created_at, updated_at) VALUES ($1,$2,$2,'',$3,$3)",
        person,
        person,
        now,
    )
    await owner.execute(
        "INSERT INTO auth.sessions (id, person_id, created_at, last_seen_at, expires_at, cookie_hash)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        session_id,
        person,
        now,
        now - seen,
        now + timedelta(days=40),
        hash_of_cookie(cookie),
    )
    return session_id


def asking(cookie: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    fields = [(b"cookie", f"a=b; __Host-taskyard-session={cookie}; c".encode())]
    fields += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "headers": fields}


async def test_a_cookie_stands_for_its_session(browsers: BrowserSessions, databases: dict[str, Database]) -> None:
    cookie = new_id()
    session_id = await session(databases["owner"], cookie)
    principal = await browsers.authenticate(asking(cookie))
    assert principal is not None
    assert (principal.session_id, principal.kind, principal.scopes) == (session_id, "person", None)
    assert await browsers.authenticate(asking("unknown")) is None
    assert await browsers.authenticate(asking("x" * 500)) is None
    assert await browsers.authenticate({**asking(cookie), "headers": []}) is None


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"origin": URL}, True),
        ({"origin": "null", "sec_fetch_site": "same-origin"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://tasks.example.evil.example"}, False),
        ({"origin": "https://evil.example", "sec_fetch_site": "cross-site"}, False),
        ({"origin": "https://other.tasks.example", "sec_fetch_site": "same-site"}, False),
    ],
)
async def test_only_our_own_pages_change_anything(
    browsers: BrowserSessions, databases: dict[str, Database], headers: dict[str, str], *, allowed: bool
) -> None:
    cookie = new_id()
    await session(databases["owner"], cookie)
    for scope in (asking(cookie, "POST", **headers), {**asking(cookie, **headers), "type": "websocket"}):
        if allowed:
            assert await browsers.authenticate(scope) is not None
        else:
            with pytest.raises(ForeignOrigin):
                await browsers.authenticate(scope)


async def test_a_session_ends_when_nobody_uses_it(browsers: BrowserSessions, databases: dict[str, Database]) -> None:
    used, idle = new_id(), new_id()
    session_id = await session(databases["owner"], used, seen=timedelta(days=29))
    await session(databases["owner"], idle, seen=timedelta(days=31))
    assert await browsers.authenticate(asking(idle)) is None
    assert await browsers.authenticate(asking(used)) is not None
    seen = await databases["owner"].fetch_value("SELECT last_seen_at FROM auth.sessions WHERE id = $1", session_id)
    assert clock.now() - seen < timedelta(minutes=1)


async def test_a_session_ends_at_its_time(browsers: BrowserSessions, databases: dict[str, Database]) -> None:
    cookie = new_id()
    await session(databases["owner"], cookie)
    assert await browsers.authenticate(asking(cookie)) is not None
    clock.travel(timedelta(days=41))
    assert await browsers.authenticate(asking(cookie)) is None


async def test_use_is_noted_once_an_hour(
    browsers: BrowserSessions, databases: dict[str, Database], statements: list[str]
) -> None:
    cookie = new_id()
    await session(databases["owner"], cookie)
    statements.clear()
    for _ in range(3):
        await browsers.authenticate(asking(cookie))
    assert len(statements) == 1


@pytest.mark.parametrize("cause", ["revoked_at = created_at", "cookie_hash = NULL"])
async def test_what_was_revoked_is_not_remembered(
    browsers: BrowserSessions, databases: dict[str, Database], cause: str
) -> None:
    cookie = new_id()
    session_id = await session(databases["owner"], cookie)
    assert await browsers.authenticate(asking(cookie)) is not None
    await databases["owner"].execute(f"UPDATE auth.sessions SET {cause} WHERE id = $1", session_id)  # noqa: S608 - ours
    browsers.sessions.forget()
    assert await browsers.authenticate(asking(cookie)) is None


def test_a_cookie_is_bound_to_its_host_where_there_is_tls() -> None:
    assert cookie_name("https://tasks.example", "session") == "__Host-taskyard-session"
    assert cookie_name("http://localhost:3000", "session") == "taskyard-session"
    assert read_cookie({"headers": [(b"cookie", b"x")]}, "x") == ""
