"""Certified clients of the OpenID world, as other people's programs use them, against a running Taskyard."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.clients.conftest import NODE
from tests.journeys.browser import Browser
from tests.journeys.people import Someone
from tests.journeys.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("clients")]


class Line(msgspec.Struct):
    """What a client says: whom it sends where, what a device shows, or that it is done."""

    visit: str = ""
    type: str = ""
    tried: list[str] = []


@pytest.mark.parametrize("client", ["openid_client", "oauth4webapi"])
def test_a_certified_client_gets_along(stack: Stack, node: Path, client: str) -> None:
    ann, browser = Someone(stack, "Ann"), Browser(stack)
    browser.sign_in(ann.email)
    issuer = f"http://localhost:{stack.port}"
    process = subprocess.Popen(
        [str(NODE), f"{client}.mjs", issuer, *_robot(ann)],
        cwd=node,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    tried = _be_the_person(process, browser, issuer)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    assert len(tried) == 10
    ann.close()
    browser.close()


def _robot(ann: Someone) -> tuple[str, str, str]:
    """A program that acts as a service account: its id, its secret, and a task that the account sees."""
    workspace = ann.workspace()["id"]
    task = ann.post("/tasks", {"project_id": ann.project(workspace)["id"], "title": "Fix the lift"})
    account = ann.post(f"/workspaces/{workspace}/service-accounts", {"name": "Lift", "role": "member"})
    body = {"name": "Lift", "grant_types": ["client_credentials"], "scopes": ["tasks:read", "tasks:write"]}
    robot = ann.post("/oauth-clients", body)
    path = f"/api/v1/service-accounts/{account['id']}/oauth-clients/{robot['id']}"
    assert ann.client.put(path, json={"scopes": ["tasks:read"]}).is_success
    return robot["id"], robot["client_secret"], f"/api/v1/tasks/{task['id']}"


def _be_the_person(process: subprocess.Popen[str], browser: Browser, issuer: str) -> list[str]:
    """Answer what the client asks of a person, until it is done; what it tried."""
    assert process.stdin is not None
    assert process.stdout is not None
    for text in process.stdout:
        line = msgspec.json.decode(text, type=Line)
        if line.tried:
            return line.tried
        answer = _visit(browser, line.visit.removeprefix(issuer)) if line.visit else _type(browser, line.type)
        process.stdin.write(f"{msgspec.json.encode({'location': answer}).decode()}\n")
        process.stdin.flush()
    return []


def _visit(browser: Browser, path: str) -> str:
    answer = browser.client.get(path)
    if not answer.is_redirect:
        answer = browser.send(answer, "/oauth/consent", decision="allow")
    location: str = answer.headers["location"]
    return f"http://localhost{location}" if location.startswith("/") else location


def _type(browser: Browser, user_code: str) -> str:
    page = browser.send(browser.get("/oauth/device"), "/oauth/device", user_code=user_code)
    return str(browser.send(page, "/oauth/device/decision", decision="allow").status_code)
