"""Policies in a file: what it may say, what each narrows, and that a change holds from the next request on."""

import pytest

from taskyard.gateway.limits import Limiter
from taskyard.gateway.policies import POLICIES, Policies, Policy, policy_of, read_policies
from taskyard.gateway.routes import RouteGroup, group_of
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.redis import Redis
from taskyard.kit.watched_file import FileError
from tests.gateway.fakes import build_gateway, client_of

KEY, WORKSPACE = new_id(), new_id()
ROBOT = Principal(id="robot", kind="service_account", credential_id=KEY, workspace_id=WORKSPACE)
OTHER_ROBOT = Principal(id="other", kind="service_account", credential_id=new_id(), workspace_id=WORKSPACE)
ALICE = Principal(id="alice")
TWO = "{ quota = 2, window = 600 }"


def policies(text: str) -> Policies:
    return read_policies(text.encode())


async def passed(limiter: Limiter, principal: Principal, group: RouteGroup | None = None) -> int:
    """How many of five requests pass."""
    decisions = [
        await limiter.check(address="203.0.113.7", principal=principal, route_class="read", group=group)
        for _ in range(5)
    ]
    return sum(decision.allowed for decision in decisions)


def test_what_a_file_does_not_say_stays_as_it_is() -> None:
    found = policies("[classes]\nread = { quota = 7, window = 3 }\n")
    assert found.classes == {**POLICIES, "read": Policy("read", 7, 3)}
    assert not found.has_more
    assert policies("") == Policies()


def test_a_policy_for_one_is_before_that_for_each() -> None:
    found = policies(f'[api_keys]\neach = {TWO}\n"{KEY}" = {{ quota = 9, window = 1 }}\n')
    assert policy_of(found.api_keys, KEY) == Policy("api_key", 9, 1)
    assert policy_of(found.api_keys, new_id()) == Policy("api_key", 2, 600)
    assert policy_of(found.workspaces, WORKSPACE) is None
    assert found.has_more


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        (b"[classes", "at end of document"),
        (b"\xff", "utf-8"),
        (b"[classes]\nreed = { quota = 1, window = 1 }", "reed"),
        (b"[classes]\nread = { quota = 0, window = 1 }", ">= 1"),
        (b"[classes]\nread = { quota = 1, window = 100000 }", "<= 86400"),
        (b"[classes]\nread = { quota = 1 }", "window"),
        (b"[classes]\nread = { quota = 1, window = 1, burst = 2 }", "burst"),
        (b"[routes]\nsignin = { quota = 1, window = 1 }", "signin"),
        (b"[api_keys]\nmine = { quota = 1, window = 1 }", "[api_keys] mine: expected an id"),
        (b"[workspaces]\nacme = { quota = 1, window = 1 }", "[workspaces] acme: expected an id"),
        (b"[people]", "people"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(content: bytes | None, said: str) -> None:
    with pytest.raises(FileError) as error:
        read_policies(content)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


async def test_a_group_of_routes_has_a_limit_for_each_caller(redis: Redis) -> None:
    limiter = Limiter(redis, policies=policies(f"[routes]\nsearch = {TWO}\n"))
    assert await passed(limiter, ALICE, "search") == 2
    assert await passed(limiter, ALICE, "export") == 5
    assert await passed(limiter, ALICE) == 5
    assert await passed(limiter, Principal(id="bob"), "search") == 2


async def test_a_key_has_a_limit_beside_that_of_its_owner(redis: Redis) -> None:
    limiter = Limiter(redis, policies=policies(f'[api_keys]\n"{KEY}" = {TWO}\n'))
    assert await passed(limiter, ROBOT) == 2
    assert await passed(limiter, Principal(id="robot", credential_id=new_id())) == 5
    assert await passed(limiter, Principal(id="robot")) == 5


async def test_the_service_accounts_of_a_workspace_share_a_limit(redis: Redis) -> None:
    limiter = Limiter(redis, policies=policies(f"[workspaces]\neach = {TWO}\n"))
    assert await passed(limiter, ROBOT) == 2
    assert await passed(limiter, OTHER_ROBOT) == 0
    assert await passed(limiter, ALICE) == 5


async def test_the_scarcest_of_all_is_told(redis: Redis) -> None:
    text = "[routes]\nsearch = { quota = 3, window = 600 }\n[classes]\nread = { quota = 50, window = 600 }\n"
    gateway = build_gateway(redis, limits=policies(text))
    async with client_of(gateway) as client:
        answers = [await client.get("/api/v1/search", headers={"Authorization": "Bearer alice"}) for _ in range(4)]
        other = await client.get("/api/v1/tasks", headers={"Authorization": "Bearer alice"})
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"search";q=3;w=600'
    assert answers[-1].headers["x-ratelimit-limit"] == "3"
    assert other.headers["ratelimit-policy"] == '"read";q=50;w=600'
    assert other.headers["x-ratelimit-remaining"] == "46"  # the refused one took nothing


async def test_new_policies_hold_from_the_next_request_on(redis: Redis) -> None:
    limiter = Limiter(redis, policies=policies(f"[classes]\nread = {TWO}\n"))
    assert await passed(limiter, ALICE) == 2
    limiter.use(policies("[classes]\nread = { quota = 100, window = 600 }\n"))
    assert await passed(limiter, ALICE) == 5


async def test_more_limits_hold_without_redis_too() -> None:
    limiter = Limiter(Redis(""), policies=policies(f"[workspaces]\neach = {TWO}\n"))
    assert await passed(limiter, ROBOT) + await passed(limiter, OTHER_ROBOT) == 2


@pytest.mark.parametrize(
    ("method", "path", "group"),
    [
        ("GET", "/api/v1/search", "search"),
        ("POST", "/api/v1/exports", "export"),
        ("GET", "/api/v1/exports/1/download", "export"),
        ("GET", "/api/v1/reports/burndown", "report"),
        ("POST", "/api/v1/imports", "bulk"),
        ("POST", "/api/v1/tasks/batch", "bulk"),
        ("POST", "/api/v1/tasks/batch/", "bulk"),
        ("GET", "/api/v1/tasks/batch", None),
        ("POST", "/api/v1/tasks/1/attachments", "upload"),
        ("GET", "/api/v1/tasks/1/attachments", None),
        ("POST", "/api/v1/tasks", None),
    ],
)
def test_groups_of_routes(method: str, path: str, group: str | None) -> None:
    assert group_of(method, path) == group
