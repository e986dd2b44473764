"""Signing in at one Taskyard with an account at another, which is a real OpenID provider; and what groups bring."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.journeys.administrators import grant
from tests.journeys.browser import Browser
from tests.journeys.openid_provider import BACK, OpenIdProvider, providing
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.waiting import wait_until

pytestmark = pytest.mark.slow
NewPerson = Callable[..., Someone]


@pytest.fixture
def boss(own_stack: Stack, someone: NewPerson) -> Someone:
    """Somebody who runs the deployment."""
    boss = someone("Boss")
    grant(own_stack.home, boss.email)
    return boss


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Another Taskyard, whose people it tells others of."""
    with running(Stack(tmp_path_factory.mktemp("elsewhere") / "home", "one", limits="off")) as stack:
        yield stack


@contextmanager
def browsing(stack: Stack) -> Iterator[Browser]:
    browser = Browser(stack)
    yield browser
    browser.close()


def test_an_account_at_another_taskyard_signs_in(own_stack: Stack, elsewhere: Stack, boss: Someone) -> None:
    slug = f"other-{uuid4().hex[:8]}"
    path, ada = f"/oauth/sign-in/with/{slug}", Someone(elsewhere, "Ada")
    callback = f"http://localhost:{own_stack.port}{path}/callback"
    client = ada.post(
        "/oauth-clients", {"name": "Here", "redirect_uris": [callback], "scopes": ["openid", "profile", "email"]}
    )
    issuer = f"http://localhost:{elsewhere.port}"
    body = {"slug": slug, "name": "Other", "issuer": issuer, "client_id": client["id"], "creates_accounts": True}
    boss.post("/identity-providers", {**body, "client_secret": client["client_secret"], "trusts_emails": True})

    with browsing(own_stack) as here, browsing(elsewhere) as there:
        there.sign_in(ada.email)
        for _ in range(2):  # for the first time, and again
            asked = urlsplit(here.get(path).headers["location"])
            answer = there.client.get(f"{asked.path}?{asked.query}")
            if answer.status_code == httpx.codes.OK:
                answer = there.send(answer, "/oauth/consent", decision="allow")
            back = urlsplit(answer.headers["location"])
            assert here.client.get(f"{back.path}?{back.query}").status_code == httpx.codes.SEE_OTHER
            assert here.get("/api/v1/me").json()["email"] == ada.email
            here.client.cookies.delete("taskyard-session")
    boss.close()
    ada.close()


def test_a_group_elsewhere_is_a_role_here(boss: Someone) -> None:
    workspace = boss.workspace()["id"]
    with providing(f"p{uuid4().hex[:10]}") as provider:
        made = boss.post("/identity-providers", provider.body(group_claim="groups"))
        group = {"group": "staff", "workspace_id": workspace, "role": "member"}
        boss.post(f"/identity-providers/{made['id']}/group-roles", group)
        ada = sign_in(boss, provider, groups=["staff"])
        wait_until(lambda: roles_in(boss, workspace).get(ada) == "member")
        sign_in(boss, provider, groups=[])
        wait_until(lambda: ada not in roles_in(boss, workspace))
        assert sign_in(boss, provider, groups=["staff"]) == ada
        wait_until(lambda: roles_in(boss, workspace).get(ada) == "member")
        boss.delete(f"/identity-providers/{made['id']}")
        wait_until(lambda: ada not in roles_in(boss, workspace))


def sign_in(boss: Someone, provider: OpenIdProvider, groups: list[str]) -> str:
    """Sign somebody in by the API; who they are here."""
    path = f"/auth/federated/{provider.name}"
    begun = boss.post(f"{path}/begin", {"redirect_uri": BACK}, status=200)
    answer = provider.answer(begun["authorization_url"], f"ada-{provider.name}", groups=groups)
    tokens = boss.post(path, {**answer, "flow_token": begun["flow_token"]}, status=200)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return str(boss.client.get("/api/v1/me", headers=headers).json()["id"])


def roles_in(boss: Someone, workspace: str) -> dict[str, str]:
    """Who is in a workspace, in which role."""
    items = boss.get(f"/workspaces/{workspace}/members", limit=200)["items"]
    return {item["user_id"]: item["role"] for item in items}
