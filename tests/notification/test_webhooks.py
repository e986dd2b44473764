"""Setting webhooks up, pausing, resuming, rotating and deleting them: who may, and what is refused."""

import ipaddress
from datetime import timedelta
from typing import Any

import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.outbound import Boundary
from taskyard.kit.principal import Principal
from taskyard.notification.actions import webhooks as actions
from tests.notification.company import Company, Member
from tests.notification.door import Door
from tests.notification.hooks import Hooks, Receiver

URL = "https://hooks.example/in"
WRITES = [
    ("PATCH", "", {"description": "x"}),
    ("DELETE", "", None),
    ("POST", "/pause", None),
    ("POST", "/resume", None),
    ("POST", "/rotate-secret", None),
    ("POST", "/test", None),
    ("POST", "/replay", {"after": 0, "until": 1}),
]
READS = [("GET", "", None), ("GET", "/deliveries", None)]


async def test_an_admin_creates_reads_and_lists_webhooks(hooks: Hooks) -> None:
    made = await hooks.create(URL, "task.*", "comment.created.v1", description="To the lift company")
    assert made["secret"].startswith("whsec_")
    assert (made["state"], made["acts_for"], made["version"]) == ("active", hooks.admin, 1)
    one = await hooks.ask("GET", made)
    assert (one.status_code, one.headers["etag"]) == (200, '"1"')
    assert one.json() == {name: value for name, value in made.items() if name != "secret"}
    assert (await hooks.ask("GET", made, if_none_match='"1"')).status_code == 304
    other = await hooks.create(URL)
    path = f"/webhooks?workspace_id={hooks.company.workspace}"
    assert [item["id"] for item in await hooks.door.items(hooks.admin, path)] == [made["id"], other["id"]]
    page = (await hooks.door.send(hooks.admin, "GET", path + "&limit=1")).json()
    assert [item["id"] for item in await hooks.door.items(hooks.admin, "/webhooks")] == [made["id"], other["id"]]
    assert await hooks.door.items(hooks.company.boss, "/webhooks") == []
    rest = await hooks.door.items(hooks.admin, f"{path}&cursor={page['next_cursor']}")
    assert [item["id"] for item in rest] == [other["id"]]


async def test_members_may_not_and_strangers_see_nothing(hooks: Hooks, company: Company) -> None:
    made = await hooks.create(URL)
    body = {"workspace_id": company.workspace, "url": URL, "events": ["*"]}
    for person, status in ((company.boss, 403), (company.guest, 404), (company.stranger, 404)):
        assert (await hooks.door.send(person, "POST", "/webhooks", body)).status_code == status
        listing = await hooks.door.send(person, "GET", f"/webhooks?workspace_id={company.workspace}")
        assert listing.status_code == status
        for method, verb, content in READS + WRITES:
            answer = await hooks.door.send(person, method, f"/webhooks/{made['id']}{verb}", content)
            assert answer.status_code == status, (method, verb)


async def test_what_there_is_not_is_not_found(hooks: Hooks) -> None:
    for name in (new_id(), "x"):
        for method, verb, content in READS + WRITES:
            answer = await hooks.door.send(hooks.admin, method, f"/webhooks/{name}{verb}", content)
            assert answer.status_code == 404, (method, verb)
    body = {"workspace_id": new_id(), "url": URL, "events": ["*"]}
    assert (await hooks.door.send(hooks.admin, "POST", "/webhooks", body)).status_code == 404


async def test_a_credential_that_is_narrower_may_not(hooks: Hooks) -> None:
    made = await hooks.create(URL)
    limited = Principal(id=hooks.admin, project_ids=frozenset({hooks.company.project}))
    reading = Principal(id=hooks.admin, scopes=frozenset({"webhooks:read"}))
    for path in (f"/webhooks/{made['id']}", "/webhooks"):
        assert (await hooks.door.send(limited, "GET", path)).status_code == 403
    assert (await hooks.door.send(reading, "GET", f"/webhooks/{made['id']}")).status_code == 200
    for method, verb, content in WRITES:
        answer = await hooks.door.send(reading, method, f"/webhooks/{made['id']}{verb}", content)
        assert (answer.status_code, "webhooks:write" in answer.text) == (403, True), verb


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("url", url) for url in ("", "ftp://a.example", "https://", "https://a:b@c.example", "https://a.example/#x")),
        *(("url", url) for url in ("https://10.0.0.1/", "https://[::1]/", "https://a.example:99999/", "https://ä.de")),
        ("url", "https://a.example/ b"),
        *(("events", events) for events in ([], ["nothing.*"], ["task.created"], ["t*sk"], ["mute.created.v1"], "*")),
        *(("project_ids", ids) for ids in ([], ["x"], [new_id()])),
        ("description", "\0"),
        ("state", "paused"),
        ("secret", "mine"),
    ],
)
async def test_malformed_webhooks_are_refused(hooks: Hooks, field: str, value: object) -> None:
    body = {"workspace_id": hooks.company.workspace, "url": URL, "events": ["*"], field: value}
    answer = await hooks.door.send(hooks.admin, "POST", "/webhooks", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    made = await hooks.create(URL)
    assert (await hooks.ask("PATCH", made, "", {field: value})).status_code == 422


async def test_a_project_that_the_maker_does_not_see_is_refused(hooks: Hooks) -> None:
    body = {"workspace_id": hooks.company.workspace, "url": URL, "events": ["*"]}
    body["project_ids"] = [hooks.company.project, hooks.company.secret_project]
    answer = await hooks.door.send(hooks.admin, "POST", "/webhooks", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/project_ids/1")


def test_plain_http_is_for_private_networks_that_are_named() -> None:
    assert "https" in str(Boundary().find_fault("http://a.example/"))
    named = Boundary([ipaddress.ip_network("10.0.0.0/8")])
    assert named.find_fault("http://10.1.2.3/") is named.find_fault("http://a.example/") is None
    assert named.find_fault("http://8.8.8.8/") is not None


async def test_a_change_is_patched_announced_and_guarded_by_its_version(hooks: Hooks) -> None:
    made = await hooks.create(URL)
    changed = await hooks.ask("PATCH", made, "", {"url": URL + "/2", "events": ["comment.*"]}, if_match='"1"')
    assert (changed.status_code, changed.json()["version"], changed.json()["url"]) == (200, 2, URL + "/2")
    assert (await hooks.ask("PATCH", made, "", {"url": URL + "/2"})).json()["version"] == 2
    for method, verb, content in WRITES[:5]:
        answer = await hooks.ask(method, made, verb.strip("/"), content, if_match='"1"')
        assert answer.status_code == 412, (method, verb)
    narrowed = await hooks.ask("PATCH", made, "", {"project_ids": [hooks.company.project]})
    assert narrowed.json()["project_ids"] == [hooks.company.project]
    assert (await hooks.ask("PATCH", made, "", {"project_ids": None})).json()["project_ids"] is None
    await hooks.company.place()
    [first, event, *_] = await hooks.door.items(hooks.admin, "/events?type=webhook.updated.v1")
    assert event["changes"] == {"project_ids": {"from": None, "to": [hooks.company.project]}}
    assert first["changes"] == {"events": {"from": ["task.*"], "to": ["comment.*"]}}
    assert "hooks.example" not in str([first, event])


async def test_whoever_says_what_is_sent_where_lends_their_sight(hooks: Hooks, company: Company) -> None:
    made = await hooks.create(URL)
    await hooks.appoint(company.colleague)
    path = f"/webhooks/{made['id']}"
    same = await hooks.door.send(company.colleague, "PATCH", path, {"description": "Ours"})
    assert same.json()["acts_for"] == hooks.admin
    taken = await hooks.door.send(company.colleague, "PATCH", path, {"url": URL + "/other"})
    assert (taken.json()["acts_for"], taken.json()["created_by"]) == (company.colleague, hooks.admin)


async def test_what_happens_while_it_is_paused_is_sent_when_it_is_resumed(hooks: Hooks, receiver: Receiver) -> None:
    made = await hooks.create(receiver.url)
    paused = (await hooks.ask("POST", made, "pause")).json()
    assert (paused["state"], paused["state_reason"], paused["version"]) == ("paused", "by_hand", 2)
    assert (await hooks.ask("POST", made, "pause")).json()["version"] == 2
    assert (await hooks.ask("POST", made, "test")).json()["code"] == "webhook_not_active"
    tasks = [await hooks.company.announce() for _ in range(3)]
    await hooks.work()
    assert receiver.got == []
    resumed = (await hooks.ask("POST", made, "resume")).json()
    assert (resumed["state"], resumed["state_reason"], resumed["version"]) == ("active", None, 3)
    assert (await hooks.ask("POST", made, "resume")).json()["version"] == 3
    await hooks.work()
    assert {message.resource for message in receiver.got} == set(tasks)


async def test_deleting_ends_it(hooks: Hooks, receiver: Receiver, databases: dict[str, Database]) -> None:
    made = await hooks.create(receiver.url)
    await hooks.company.announce()
    await hooks.company.listen()
    assert (await hooks.ask("DELETE", made)).status_code == 204
    assert (await hooks.ask("GET", made)).status_code == 404
    await hooks.company.announce()
    await hooks.work()
    assert receiver.got == []
    statement = "SELECT sealed_secret, previous_sealed_secret FROM notification.webhooks WHERE id = $1"
    row = await databases["owner"].fetch_row(statement, made["id"])
    assert row is not None
    assert tuple(row) == (b"", None)


async def test_a_workspace_has_so_many_webhooks_and_no_more(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    await hooks.create(URL)
    refused = await hooks.create(URL, status=409)
    assert refused["code"] == "too_many_webhooks"


async def test_secrets_are_sealed_where_they_are_stored(hooks: Hooks, databases: dict[str, Database]) -> None:
    body = {"workspace_id": hooks.company.workspace, "url": URL, "events": ["*"]}
    key = new_id()
    first = await hooks.door.send(hooks.admin, "POST", "/webhooks", body, idempotency_key=key)
    again = await hooks.door.send(hooks.admin, "POST", "/webhooks", body, idempotency_key=key)
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", first.json())
    rotated = await hooks.ask("POST", first.json(), "rotate-secret", idempotency_key=key)
    assert (await hooks.ask("POST", first.json(), "rotate-secret", idempotency_key=key)).json() == rotated.json()
    for secret in (first.json()["secret"], rotated.json()["secret"]):
        for table in ("notification.webhooks", "log.events"):
            sql = f"SELECT count(*) FROM {table} t WHERE position($1 IN t::text) > 0"  # noqa: S608 - our own tables
            assert await databases["owner"].fetch_value(sql, secret.removeprefix("whsec_")) == 0
    statement = "SELECT string_agg(body, '') FROM notification.idempotency_keys"
    assert b"whsec_" not in await databases["owner"].fetch_value(statement)


async def test_a_replayed_answer_is_refused_to_who_may_no_longer(hooks: Hooks) -> None:
    made = await hooks.create(URL)
    asked: list[tuple[str, str, object]] = [
        ("POST", "/webhooks", {"workspace_id": hooks.company.workspace, "url": URL, "events": ["*"]})
    ]
    one = f"/webhooks/{made['id']}"
    asked += [(method, one + verb, content or {}) for method, verb, content in WRITES if method != "DELETE"]
    for method, path, body in asked:
        answer = await hooks.door.send(hooks.admin, method, path, body, idempotency_key="k")
        assert answer.is_success or answer.status_code == 409, (path, answer.text)
    await hooks.company.remove(hooks.admin)
    for method, path, body in asked:
        answer = await hooks.door.send(hooks.admin, method, path, body, idempotency_key="k")
        assert answer.status_code == 404, path


@pytest.mark.parametrize(("leaves", "reason"), [(True, "creator_left"), (False, "permission_lost")])
async def test_a_webhook_pauses_when_its_maker_goes_and_is_taken_over(
    hooks: Hooks, receiver: Receiver, company: Company, reason: str, *, leaves: bool
) -> None:
    made = await hooks.create(receiver.url)
    await hooks.appoint(company.colleague)
    await company.remove(hooks.admin)
    if not leaves:
        await company.act_as(hooks.admin, company.role)
    kind = "member.removed.v1" if leaves else "member.updated.v1"
    await company.announce(kind, project_id=None, task=Member(new_id(), hooks.admin))
    await hooks.work()
    path = f"/webhooks/{made['id']}"
    paused = (await hooks.door.send(company.colleague, "GET", path)).json()
    assert (paused["state"], paused["state_reason"]) == ("paused", reason)
    [event] = await hooks.door.items(company.colleague, "/events?type=webhook.paused.v1")
    assert (event["data"]["state_reason"], event["origin"]) == (reason, "automation")
    resumed = (await hooks.door.send(company.colleague, "POST", path + "/resume")).json()
    assert resumed["acts_for"] == company.colleague
    await company.announce()
    await hooks.work()
    assert len(receiver.got) == 1


async def test_other_changes_of_members_pause_nothing(hooks: Hooks, company: Company) -> None:
    made = await hooks.create(URL)
    for person_id in (hooks.admin, company.colleague, None):
        await company.announce("member.updated.v1", project_id=None, task=Member(new_id(), person_id))
    await hooks.company.listen()
    assert (await hooks.ask("GET", made)).json()["state"] == "active"


async def test_resuming_keeps_whom_it_acts_for(hooks: Hooks, company: Company) -> None:
    made = await hooks.create(URL)
    await hooks.appoint(company.colleague)
    await hooks.ask("POST", made, "pause")
    clock.travel(timedelta(minutes=1))
    resumed = await hooks.door.send(company.colleague, "POST", f"/webhooks/{made['id']}/resume")
    assert resumed.json()["acts_for"] == hooks.admin


async def test_the_door_of_a_deployment_with_no_private_networks(
    hooks: Hooks, databases: dict[str, Database], door: Door
) -> None:
    strict = Door(databases["notification"], door.hub, Boundary())
    body: dict[str, Any] = {"workspace_id": hooks.company.workspace, "events": ["*"]}
    for url in ("http://hooks.example/", "https://127.0.0.1/", "https://169.254.169.254/latest"):
        assert (await strict.send(hooks.admin, "POST", "/webhooks", body | {"url": url})).status_code == 422
