"""Signing in on a known device takes one statement, which does all that the longer way does, or nothing."""

from typing import Any

import httpx
import msgspec
import pytest

from taskyard.auth.actions.password_check import RightPassword, check_password
from taskyard.auth.actions.sign_ins import sign_in
from taskyard.auth.actions.signing_keys import hash_of, new_refresh_token
from taskyard.auth.errors import InvalidCredentials
from taskyard.auth.models import Client, Credentials, LiveSession
from taskyard.kit.database import Cause, Database
from tests.auth.conftest import PASSWORD, Auth


class AtHome(msgspec.Struct):
    """Somebody whose device is known."""

    auth: Auth
    id: str
    email: str
    device: str

    async def sign_in(self) -> httpx.Response:
        body = {"email": self.email, "password": PASSWORD}
        return await self.auth.post("/auth/login", body, x_device_token=self.device)

    @property
    def client(self) -> Client:
        return Client("127.0.0.1", "a program", self.device)

    async def prove(self, database: Database) -> RightPassword:
        credentials = Credentials(email=self.email, password=PASSWORD)
        return await check_password(database, self.auth.hasher, credentials, self.client)


@pytest.fixture
async def ann(auth: Auth) -> AtHome:
    person, tokens = await auth.someone()
    return AtHome(auth, person["id"], person["email"], tokens["device_token"])


async def begin(database: Database, ann: AtHome, right: RightPassword) -> LiveSession:
    async with database.transaction(Cause(request_id="a-request", address="127.0.0.1")) as tx:
        return await sign_in(tx, right, ann.client, new_refresh_token())


async def pending(databases: dict[str, Database]) -> Any:
    return await databases["owner"].fetch_value("SELECT coalesce(sum(pending), 0) FROM auth.login_attempts")


async def test_it_takes_three_statements(ann: AtHome, statements: list[str]) -> None:
    assert (await ann.sign_in()).status_code == 200
    statements.clear()
    assert (await ann.sign_in()).status_code == 200
    assert len(statements) == 3, statements


async def test_everything_is_stored(ann: AtHome, databases: dict[str, Database]) -> None:
    answer = await ann.sign_in()
    assert (answer.status_code, answer.json()["device_token"]) == (200, None)
    assert await pending(databases) == 0
    refreshed = await ann.auth.post("/auth/refresh", {"refresh_token": answer.json()["refresh_token"]})
    assert refreshed.status_code == 200
    row = await databases["owner"].fetch_row(
        """
        SELECT e.actor_id::text, e.audience_id::text, o.address, s.methods, s.user_agent IS NOT NULL,
               d.last_used_at = s.created_at
          FROM auth.sessions s
          JOIN log.events e ON e.resource_id = s.id AND e.type = 'session.started.v1'
          JOIN log.event_queue q ON q.event_id = e.id
          JOIN log.event_origins o ON o.event_id = e.id
          JOIN auth.known_devices d ON d.token_hash = $2
         WHERE s.person_id = $1 ORDER BY s.id DESC LIMIT 1
        """,
        ann.id,
        hash_of(ann.device),
    )
    assert row is not None
    assert tuple(row) == (ann.id, ann.id, "127.0.0.1", ["pwd"], True, True)


async def test_a_device_forgotten_meanwhile_is_a_new_one(ann: AtHome, databases: dict[str, Database]) -> None:
    right = await ann.prove(databases["auth"])
    assert right.is_device_known
    await databases["owner"].execute("DELETE FROM auth.known_devices WHERE person_id = $1", ann.id)
    session = await begin(databases["auth"], ann, right)
    assert session.device_token is not None
    assert await pending(databases) == 0


@pytest.mark.parametrize("change", ["credentials_version = credentials_version + 1", "disabled_at = now()"])
async def test_what_changed_meanwhile_is_not_passed_by(
    ann: AtHome, databases: dict[str, Database], change: str
) -> None:
    right = await ann.prove(databases["auth"])
    await databases["owner"].execute(f"UPDATE auth.people SET {change} WHERE id = $1", ann.id)  # noqa: S608 - ours
    count = "SELECT count(*) FROM auth.sessions WHERE person_id = $1"
    before = await databases["owner"].fetch_value(count, ann.id)
    with pytest.raises(InvalidCredentials):
        await begin(databases["auth"], ann, right)
    assert await databases["owner"].fetch_value(count, ann.id) == before
    assert await pending(databases) == 2, "the attempt stays counted, at the device and at the network"
