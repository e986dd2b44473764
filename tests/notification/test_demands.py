"""Workspaces that are open only to sign-ins with a second factor: who would be let in with one is told so."""

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.notification.company import Company
from tests.notification.door import Door
from tests.notification.hooks import Hooks

pytestmark = pytest.mark.usefixtures("running")


async def code(door: Door, caller: str | Principal, method: str, path: str) -> tuple[int, str]:
    answer = await door.send(caller, method, path)
    return answer.status_code, answer.json()["code"] if answer.is_error else ""


async def test_who_would_be_let_in_is_told_why_nothing_is_there(company: Company, door: Door, hooks: Hooks) -> None:
    task, hook = await company.add_task(), await hooks.create("https://hooks.example/in")
    await company.demand()
    paths = [
        ("PUT", f"/notification-preferences/mutes/tasks/{task}"),
        ("PUT", f"/notification-preferences/mutes/projects/{company.project}"),
        ("GET", f"/events/stream?project_id={company.project}"),
        ("GET", f"/webhooks?workspace_id={company.workspace}"),
        ("GET", f"/webhooks/{hook['id']}"),
    ]
    for method, path in paths:
        assert await code(door, hooks.admin, method, path) == (403, "mfa_required"), path
        assert (await code(door, company.stranger, method, path))[0] == 404, path
    limited = Principal(id=hooks.admin, project_ids=frozenset({company.project}))
    assert await code(door, limited, "GET", "/events/stream") == (403, "mfa_required")
    several = f"/events/stream?project_id={new_id()}&project_id={company.project}"
    assert await code(door, hooks.admin, "GET", several) == (403, "mfa_required")
    for method, path in [*paths[:2], *paths[3:]]:
        assert (await code(door, Principal(id=hooks.admin, is_strong=True), method, path))[0] < 300, path


async def test_what_nobody_would_see_with_one_either_is_not_there(company: Company, door: Door, hooks: Hooks) -> None:
    hook = await hooks.create("https://hooks.example/in")
    await company.demand()
    for method, path in [
        ("PUT", f"/notification-preferences/mutes/projects/{company.secret_project}"),
        ("PUT", f"/notification-preferences/mutes/tasks/{new_id()}"),
        ("GET", f"/webhooks/{hook['id']}"),
        ("POST", f"/notifications/{new_id()}/read"),
    ]:
        assert await code(door, company.guest, method, path) == (404, "not_found"), path
