"""A certified OpenID provider, as companies run one, signs people in to a running Taskyard."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.clients.conftest import NODE
from tests.journeys.administrators import grant
from tests.journeys.browser import Browser
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, free_ports
from tests.journeys.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("clients")]
SECRET = "a secret of forty characters, or nearly so"


@contextmanager
def providing(node: Path, port: int, callback: str) -> Iterator[None]:
    """The provider, until the test is over."""
    command = [str(NODE), "oidc_provider.mjs", str(port), callback]
    process = subprocess.Popen(command, cwd=node, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield
    finally:
        process.kill()
        process.communicate()


def sign_in_there(address: str, is_over: Callable[[str], bool]) -> str:
    """Be the person at the provider: say who you are, allow what is asked; where you are sent in the end."""
    with httpx.Client(timeout=20) as client:
        answer = client.get(address)
        for _ in range(20):
            if answer.is_redirect:
                address = urljoin(str(answer.url), answer.headers["location"])
                if is_over(address):
                    return address
                answer = client.get(address)
                continue
            [form] = re.findall(r'<form[^>]*action="([^"]+)" method="post">(.*?)</form>', answer.text, re.DOTALL)
            [prompt] = re.findall(r'name="prompt" value="([^"]+)"', form[1])
            fields = {"prompt": prompt, "login": "ada", "password": "whatever"}
            answer = client.post(urljoin(str(answer.url), form[0]), data=fields)
    raise AssertionError("the provider never sends anybody back")


def test_a_certified_provider_signs_people_in(stack: Stack, node: Path) -> None:
    boss, port = Someone(stack, "Boss"), free_ports(1)
    grant(stack.home, boss.email)
    callback = f"http://localhost:{stack.port}/oauth/sign-in/with/certified/callback"
    with providing(node, port, callback):
        workspace = boss.workspace()["id"]
        made = boss.post(
            "/identity-providers",
            {
                "slug": "certified",
                "name": "Certified",
                "issuer": f"http://127.0.0.1:{port}",
                "client_id": "taskyard",
                "client_secret": SECRET,
                "scopes": ["openid", "email", "profile", "groups"],
                "group_claim": "groups",
                "email_domains": ["acme.example"],
                "creates_accounts": True,
            },
        )
        group = {"group": "staff", "workspace_id": workspace, "role": "viewer"}
        boss.post(f"/identity-providers/{made['id']}/group-roles", group)
        people = {_sign_in(stack, callback)["id"] for _ in range(2)}
    [ada] = people
    path = f"/api/v1/workspaces/{workspace}/members/{ada}"
    assert wait_until(lambda: boss.client.get(path).json().get("role")) == "viewer"
    boss.close()


def _sign_in(stack: Stack, callback: str) -> dict[str, str]:
    """Sign in with a browser that nobody has used; who one is then."""
    browser = Browser(stack)
    sent = browser.get("/oauth/sign-in/with/certified")
    back = urlsplit(sign_in_there(sent.headers["location"], lambda address: address.startswith(callback)))
    assert browser.client.get(f"{back.path}?{back.query}").status_code == httpx.codes.SEE_OTHER
    profile: dict[str, str] = browser.get("/api/v1/me").json()
    assert (profile["email"], profile["name"]) == ("ada@acme.example", "Ada Lovelace")
    browser.close()
    return profile
