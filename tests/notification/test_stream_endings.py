"""Open streams: told when the log was restored, kept alive, and over when they should be."""

import asyncio
import time

import pytest

from taskyard.kit.database import Database, Statements
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.notification.queries import readers
from taskyard.notification.streams import EventHub
from taskyard.notification.streams import crowd as crowd_module
from taskyard.notification.streams import hub as hub_module
from tests.notification.company import AT, Company
from tests.notification.door import Door, OpenStream, arrived

pytestmark = pytest.mark.usefixtures("running")
LOSE_THE_LAST = """
    WITH lost AS (DELETE FROM log.positions WHERE position = (SELECT last_position FROM log.head) RETURNING position)
    UPDATE log.head SET last_position = last_position - 1 WHERE last_position IN (SELECT position FROM lost)
"""
"""As when a standby takes over that had not got it yet; the epoch stays."""


async def test_another_epoch_resets_the_stream(company: Company, door: Door) -> None:
    head = await company.head()
    async with door.stream(company.colleague, last_event_id="1:7") as stream:
        await stream.until(lambda: bool(stream.frames))
        [(name, kind, data)] = stream.frames
        assert (name, kind, f"{data['epoch']}:{data['position']}") == (head, "reset", head)
        a = await company.announce()
        await company.place()
        await stream.until(lambda: len(stream.frames) > 1)
        assert stream.frames[1][2]["resource_id"] == a


async def test_a_restore_under_open_streams_resets_them(
    company: Company, door: Door, databases: dict[str, Database]
) -> None:
    async with door.stream(company.colleague) as stream:
        await databases["owner"].execute("UPDATE log.head SET epoch = epoch + 1")
        await stream.until(lambda: bool(stream.frames))
        assert stream.frames[0][1] == "reset"
        a = await company.announce()
        await company.place()
        await stream.until(lambda: len(stream.frames) > 1)
        assert (stream.frames[1][0], stream.frames[1][2]["resource_id"]) == (await company.head(), a)


async def test_a_bare_number_resumes_in_the_present_epoch(company: Company, door: Door) -> None:
    await company.place()
    start = await company.head()
    a = await company.announce()
    await company.place()
    async with door.stream(company.colleague, f"after={start.split(':')[1]}") as stream:
        await arrived(stream, a)


async def test_a_place_beyond_the_end_resets_the_stream(company: Company, door: Door) -> None:
    head = await company.head()
    async with door.stream(company.colleague, last_event_id="999999999999") as stream:
        await stream.until(lambda: bool(stream.frames))
        assert stream.frames[0][:2] == (head, "reset")
        a = await company.announce()
        await company.place()
        await stream.until(lambda: len(stream.frames) > 1)
        assert stream.frames[1][2]["resource_id"] == a


async def test_a_log_that_loses_its_end_under_open_streams_resets_who_was_told_of_it(
    company: Company, door: Door, databases: dict[str, Database]
) -> None:
    head = await company.head()
    async with door.stream(company.colleague) as told, door.stream(new_id()) as not_told:
        await company.announce()
        await company.place()
        await told.until(lambda: bool(told.frames))
        await databases["owner"].execute(LOSE_THE_LAST)
        await told.until(lambda: len(told.frames) > 1)
        assert told.frames[1][:2] == (head, "reset")
        a = await company.announce()
        await company.place()
        await told.until(lambda: len(told.frames) > 2)
        assert told.frames[2][2]["resource_id"] == a
    assert not_told.frames == []


async def test_a_quiet_stream_has_a_heartbeat(company: Company, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.05)
    async with door.stream(company.colleague) as stream:
        await stream.until(lambda: stream.text.count(": heartbeat\n\n") >= 2)


async def test_closing_the_hub_ends_every_stream_and_takes_no_more(company: Company, door: Door, hub: EventHub) -> None:
    async with door.stream(company.colleague) as one, door.stream(company.boss) as two:
        hub.close()
        await one.until(lambda: one.over, 1)
        await two.until(lambda: two.over, 1)
    assert (await door.send(company.boss, "GET", "/events/stream")).status_code == 503


async def test_an_expired_credential_ends_the_stream(company: Company, door: Door) -> None:
    caller = Principal(id=company.colleague, expires_at=int(time.time()) + 1)
    async with door.stream(caller) as stream:
        await stream.until(lambda: stream.over, 3)


async def test_a_revoked_session_ends_the_stream(
    company: Company, door: Door, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SESSIONS_EVERY", 0.0)
    session_id = await signed_in(databases["owner"], company.colleague)
    async with door.stream(Principal(id=company.colleague, session_id=session_id)) as stream:
        await asyncio.sleep(0.05)
        assert not stream.over
        await databases["owner"].execute("UPDATE auth.sessions SET revoked_at = $2 WHERE id = $1", session_id, AT)
        await stream.until(lambda: stream.over, 3)


async def test_a_revocation_that_is_told_of_ends_the_stream_at_once(
    *, company: Company, door: Door, hub: EventHub, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SESSIONS_EVERY", 3600.0)
    session_id = await signed_in(databases["owner"], company.colleague)
    async with door.stream(Principal(id=company.colleague, session_id=session_id)) as stream:
        await databases["owner"].execute("UPDATE auth.sessions SET revoked_at = $2 WHERE id = $1", session_id, AT)
        hub.look_for_revoked()
        await stream.until(lambda: stream.over, 3)
        assert "session_revoked" in stream.text


async def test_a_word_of_a_revocation_while_it_is_asked_about_is_not_lost(
    *, company: Company, door: Door, hub: EventHub, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SESSIONS_EVERY", 3600.0)
    session_id = await signed_in(databases["owner"], company.colleague)
    asked, ask = 0, readers.list_revoked

    async def list_revoked(db: Statements, ids: list[str]) -> list[str]:
        nonlocal asked
        asked += 1
        found = await ask(db, ids)
        if asked == 1:  # it ends when the answer is on its way
            await databases["owner"].execute("UPDATE auth.sessions SET revoked_at = $2 WHERE id = $1", session_id, AT)
            hub.look_for_revoked()
        return found

    monkeypatch.setattr(readers, "list_revoked", list_revoked)
    async with door.stream(Principal(id=company.colleague, session_id=session_id)) as stream:
        hub.look_for_revoked()
        await stream.until(lambda: stream.over, 3)


async def test_a_demand_for_a_second_factor_ends_the_streams_that_it_concerns(company: Company, door: Door) -> None:
    strong, mine = Principal(id=company.colleague, is_strong=True), f"project_id={company.project}"
    async with (
        door.stream(company.colleague) as weak,
        door.stream(company.colleague, mine) as limited,
        door.stream(strong) as kept,
        door.stream(company.stranger) as elsewhere,
    ):
        await company.demand()
        for stream in (weak, limited):
            await ended(stream)
            assert '{"reason":"mfa_required"}' in stream.text
        await kept.until(lambda: bool(kept.frames))
        assert (kept.over, elsewhere.over) == (False, False)
        assert [kind for _, kind, _ in weak.frames] == []
    async with door.stream(company.colleague) as resumed:
        await company.demand(require_mfa=False)
        a = await company.announce()
        await company.place()
        await resumed.until(lambda: a in resumed.resources)
        assert not resumed.over


async def ended(stream: OpenStream) -> None:
    await stream.until(lambda: stream.over)


async def signed_in(owner: Database, person_id: str) -> str:
    """A session, as the auth service would write it."""
    session_id = new_id()
    await owner.execute(
        """
        INSERT INTO auth.people (id, email, email_folded, name, created_at, updated_at)
        VALUES ($1, $2, $2, 'Colleague', $3, $3)
        """,
        person_id,
        f"{person_id}@example.com",
        AT,
    )
    await owner.execute(
        "INSERT INTO auth.sessions (id, person_id, created_at, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $3)",
        session_id,
        person_id,
        AT,
    )
    return session_id


async def test_leaving_frees_the_place_and_too_many_are_refused(
    company: Company, door: Door, hub: EventHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd_module, "STREAMS_PER_PERSON", 1)
    async with door.stream(company.colleague):
        refused = await door.send(company.colleague, "GET", "/events/stream")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert not hub.crowd
    async with door.stream(company.colleague) as stream:
        assert stream.status == 200
