"""A workspace that is open only to sign-ins with a second factor: one person with one and without, side by side."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import copy
from uuid import uuid4

import pytest

from tests.journeys.factors import with_second_factor
from tests.journeys.people import Someone
from tests.journeys.programs import Program
from tests.journeys.sockets import Line
from tests.journeys.stream import Stream
from tests.journeys.waiting import wait_until

pytestmark = pytest.mark.slow
NewPerson = Callable[[str], Someone]
SCOPES = ["tasks:read", "workspaces:read", "events:read"]


class Firm:
    """A workspace of Ann's with a task of hers, and Bob, who never set up a second factor."""

    def __init__(self, someone: NewPerson) -> None:
        self.weak, self.bob = someone("Ann"), someone("Bob")
        self.old_key = self.weak.post("/api-keys", {"name": "Old", "scopes": SCOPES})["secret"]
        self.strong = with_second_factor(self.weak)
        self.workspace = self.weak.workspace()
        self.path = f"/workspaces/{self.workspace['id']}"
        self.strong.post(f"{self.path}/members", {"email": self.bob.email})
        self.project = self.strong.project(self.workspace["id"])["id"]
        new = {"project_id": self.project, "title": "Fix the lift", "assignee_ids": [self.bob.id]}
        self.task = self.strong.post("/tasks", new)
        self.position = str(self.strong.get("/events", limit=200)["items"][-1]["position"])

    def demand(self) -> None:
        """Ask for a second factor."""
        assert self.strong.patch(self.path, {"require_mfa": True})["require_mfa"]


@pytest.fixture
def firm(someone: NewPerson) -> Iterator[Firm]:
    made = Firm(someone)
    with closing(made.strong):
        yield made


@contextmanager
def by_key(person: Someone, secret: str) -> Iterator[Someone]:
    """A program with an API key of somebody's."""
    robot = copy(person)
    with person.stack.client() as robot.client:
        robot.client.headers["X-API-Key"] = secret
        yield robot


def test_each_way_in_is_closed_at_once_and_says_why(firm: Firm) -> None:
    task, project = firm.task, firm.project
    paths = [
        *(firm.path, f"/projects/{project}", f"/tasks/{task['id']}", f"/tasks/{task['id']}/comments"),
        *(f"/boards/{project}", f"/reports/workload?project_id={project}"),
        f"/tasks/{task['key']}?workspace={firm.workspace['slug']}",
    ]
    assert {firm.weak.client.get(f"/api/v1{path}").status_code for path in paths} == {200}
    firm.demand()
    for path in paths:
        for person in (firm.weak, firm.bob):
            answer = person.client.get(f"/api/v1{path}")
            assert (path, answer.status_code, answer.json().get("code")) == (path, 403, "mfa_required")
        assert firm.strong.client.get(f"/api/v1{path}").is_success
    for method, path, body in writes(firm):
        answer = firm.weak.client.request(method, f"/api/v1{path}", json=body)
        assert (path, answer.status_code, answer.json().get("code")) == (path, 403, "mfa_required")
        assert firm.strong.client.request(method, f"/api/v1{path}", json=body).is_success


def test_every_service_says_why(firm: Firm) -> None:
    account = firm.strong.post(f"{firm.path}/service-accounts", {"name": "Deploy"})["id"]
    hook = {"workspace_id": firm.workspace["id"], "url": "https://hooks.example/in", "events": ["*"]}
    webhook = firm.strong.post("/webhooks", hook)["id"]
    wait_until(lambda: told_of_projects(firm.bob))
    [told] = [one for one in firm.bob.get("/notifications")["items"] if one["task_id"]][:1]
    firm.demand()
    asked = [
        (firm.weak, "GET", f"/audit?workspace_id={firm.workspace['id']}"),
        (firm.weak, "GET", f"/service-accounts/{account}/api-keys"),
        (firm.weak, "GET", f"/webhooks?workspace_id={firm.workspace['id']}"),
        (firm.weak, "GET", f"/webhooks/{webhook}"),
        (firm.weak, "GET", f"/events/stream?project_id={firm.project}"),
        (firm.weak, "PUT", f"/notification-preferences/mutes/tasks/{firm.task['id']}"),
        (firm.bob, "PUT", f"/notification-preferences/mutes/projects/{firm.project}"),
        (firm.bob, "POST", f"/notifications/{told['id']}/read"),
    ]
    for person, method, path in asked:
        answer = person.client.request(method, f"/api/v1{path}")
        assert (path, answer.status_code, answer.json().get("code")) == (path, 403, "mfa_required")
    for path in (f"/webhooks/{uuid4()}", f"/service-accounts/{uuid4()}/api-keys"):
        firm.weak.get(path, status=404)


def writes(firm: Firm) -> list[tuple[str, str, object]]:
    """What changes something in each service."""
    task = firm.task["id"]
    return [
        ("POST", "/tasks", {"project_id": firm.project, "title": "Paint the door"}),
        ("PATCH", f"/tasks/{task}", {"title": "Fix the stairs"}),
        ("POST", f"/tasks/{task}/comments", {"body": "When?"}),
        ("PATCH", f"/projects/{firm.project}", {"name": "Repairs"}),
    ]


def test_lists_leave_everything_out(firm: Firm) -> None:
    wait_until(lambda: told_of_projects(firm.bob))
    firm.demand()
    for path in ("/workspaces", "/projects", "/tasks"):
        assert firm.weak.get(path)["items"] == [], path
    assert firm.weak.get("/search", q="lift")["items"] == []
    assert told_of_projects(firm.bob) == []
    for path in ("/workspaces", "/projects", "/tasks"):
        assert len(firm.strong.get(path)["items"]) == 1
    after = firm.weak.get("/events", after=firm.position, limit=200)["items"]
    assert [event["type"] for event in after if event["workspace_id"]] == []
    assert not firm.weak.get("/permissions/check", permission="task_edit", task_id=firm.task["id"])["allowed"]
    assert firm.strong.get("/permissions/check", permission="task_edit", task_id=firm.task["id"])["allowed"]


def told_of_projects(person: Someone) -> list[object]:
    """What somebody's inbox says of projects; that they became a member they may know."""
    return [told for told in person.get("/notifications")["items"] if told["project_id"]]


def test_credentials_are_worth_what_the_sign_in_was(firm: Firm) -> None:
    new_key = firm.strong.post("/api-keys", {"name": "New", "scopes": SCOPES})
    program = Program(firm.bob)
    with closing(program), by_key(firm.weak, firm.old_key) as old, by_key(firm.weak, new_key["secret"]) as new:
        token = program.tokens()["access_token"]
        firm.demand()
        task = f"/tasks/{firm.task['id']}"
        assert (new_key["is_strong"], new.get(task)["id"]) == (True, firm.task["id"])
        assert old.get(task, status=403)["code"] == "mfa_required"
        by_program = program.client.get(f"/api/v1{task}", headers={"Authorization": f"Bearer {token}"})
        assert (by_program.status_code, by_program.json()["code"]) == (403, "mfa_required")
        by_cookie = program.browser.client.get(f"/api/v1{task}")
        assert (by_cookie.status_code, by_cookie.json()["code"]) == (403, "mfa_required")
        taken = firm.weak.post(f"/api-keys/{new_key['id']}/rotate")
        assert not taken["is_strong"], "a weak sign-in made a strong key"


def test_open_streams_end_and_hear_nothing_more_when_resumed(firm: Firm) -> None:
    with Stream(firm.weak) as weak, Line(firm.weak) as line, Stream(firm.strong) as strong:
        firm.strong.patch(f"/tasks/{firm.task['id']}", {"title": "Before"})
        weak.wait_for("task.updated.v1")
        firm.demand()
        assert weak.wait_for("end") == {"reason": "mfa_required"}
        assert line.wait_until_closed() == (4403, "mfa_required")
        place = [name for name, _, _ in weak.events if name][-1]
    with Stream(firm.weak, place) as weak, Stream(firm.strong, place) as strong:
        firm.strong.post("/tasks", {"project_id": firm.project, "title": "After"})
        strong.wait_for("task.created.v1")
        other = firm.weak.workspace()
        wait_until(lambda: other["id"] in {event.get("resource_id") for _, _, event in weak.events})
        assert "task.created.v1" not in {kind for _, kind, _ in weak.events}
