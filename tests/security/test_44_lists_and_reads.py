"""44: lists, single reads, writes, `check` and `explain` say the same of tasks, whatever roles are given and taken.

PROPERTY_CASES=10000 is the long form. `tests/project/test_decisions.py` does the same for projects and all permissions.
"""

import os
from collections.abc import Callable
from contextlib import closing
from random import Random

from tests.journeys.factors import with_second_factor
from tests.journeys.people import Someone
from tests.security.company import Company

CASES = int(os.environ.get("PROPERTY_CASES", "100"))
ROLES = ("admin", "member", "viewer", "guest")
LEVELS = ("view", "comment", "edit")
PROJECTS, PEOPLE = 4, 3


class Grants:
    """A workspace of Ann's in which roles come and go at random; what is refused changes nothing."""

    def __init__(self, company: Company, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - not a secret
        self.ann = with_second_factor(company.register("Ann"))
        self.people = [company.register(f"P{number}") for number in range(PEOPLE)]
        self.strong = {person.id: with_second_factor(person) for person in self.people}
        self.workspace = self.ann.workspace()["id"]
        self.team = self.ann.post(f"/workspaces/{self.workspace}/teams", {"name": "Night shift"})["id"]
        self.tasks = {self._new_project(number): "" for number in range(PROJECTS)}
        for project in self.tasks:
            self.tasks[project] = self.ann.post("/tasks", {"project_id": project, "title": "Fix the lift"})["id"]
        self.steps: list[Callable[[], tuple[str, str, object]]] = [
            self._join,
            self._change_role,
            self._leave,
            self._seat,
            self._unseat,
            self._show_or_hide,
            self._join_team,
            self._leave_team,
            *(self._give, self._give, self._give, self._give_otherwise),
            self._take_back,
            self._ask_for_more_or_less,
        ]

    def begin(self) -> None:
        """Everybody is a guest, and sees no project."""
        for person in self.people:
            self.ann.post(f"/workspaces/{self.workspace}/members", {"email": person.email, "role": "guest"})

    def step(self) -> None:
        """Do one thing."""
        method, path, body = self.random.choice(self.steps)()
        answer = self.ann.client.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code < 500, answer.text

    @property
    def is_demanding(self) -> bool:
        """Whether it takes a second factor to see anything."""
        return bool(self.ann.get(f"/workspaces/{self.workspace}")["require_mfa"])

    def close(self) -> None:
        """Hang up."""
        for person in (self.ann, *self.strong.values()):
            person.close()

    def person(self) -> Someone:
        """Anybody."""
        return self.random.choice(self.people)

    def project(self) -> str:
        """Any project."""
        return self.random.choice([*self.tasks])

    def _new_project(self, number: int) -> str:
        return str(self.ann.project(self.workspace, f"G{number}")["id"])

    def _subject(self) -> dict[str, str]:
        return {"team_id": self.team} if self.random.random() < 0.4 else {"user_id": self.person().id}

    def _join(self) -> tuple[str, str, object]:
        body = {"email": self.person().email, "role": self.random.choice(ROLES)}
        return "POST", f"/workspaces/{self.workspace}/members", body

    def _change_role(self) -> tuple[str, str, object]:
        path = f"/workspaces/{self.workspace}/members/{self.person().id}"
        return "PATCH", path, {"role": self.random.choice(ROLES)}

    def _leave(self) -> tuple[str, str, object]:
        return "DELETE", f"/workspaces/{self.workspace}/members/{self.person().id}", None

    def _seat(self) -> tuple[str, str, object]:
        body = {**self._subject(), "role": self.random.choice(ROLES)}
        return "POST", f"/projects/{self.project()}/members", body

    def _unseat(self) -> tuple[str, str, object]:
        return "DELETE", f"/projects/{self.project()}/members/{next(iter(self._subject().values()))}", None

    def _show_or_hide(self) -> tuple[str, str, object]:
        return "PATCH", f"/projects/{self.project()}", {"visibility": self.random.choice(["private", "workspace"])}

    def _join_team(self) -> tuple[str, str, object]:
        return "POST", f"/teams/{self.team}/members", {"user_id": self.person().id}

    def _leave_team(self) -> tuple[str, str, object]:
        return "DELETE", f"/teams/{self.team}/members/{self.person().id}", None

    def _give(self) -> tuple[str, str, object]:
        body = {"user_id": self.person().id, "level": self.random.choice(LEVELS)}
        return "POST", f"/tasks/{self.tasks[self.project()]}/grants", body

    def _give_otherwise(self) -> tuple[str, str, object]:
        path = f"/tasks/{self.tasks[self.project()]}/grants/{self.person().id}"
        return "PATCH", path, {"level": self.random.choice(LEVELS)}

    def _take_back(self) -> tuple[str, str, object]:
        return "DELETE", f"/tasks/{self.tasks[self.project()]}/grants/{self.person().id}", None

    def _ask_for_more_or_less(self) -> tuple[str, str, object]:
        return "PATCH", f"/workspaces/{self.workspace}", {"require_mfa": self.random.random() < 0.3}


def test_lists_reads_writes_checks_and_explanations_agree(company: Company) -> None:
    seen = given = 0
    with closing(Grants(company, 44)) as grants:
        grants.begin()
        for _ in range(CASES):
            grants.step()
            sees, sees_project = _agree(grants)
            seen += sees
            given += sees and not sees_project
    assert CASES // 10 < seen < CASES, "as good as always, or never, was something seen"
    assert given, "nothing was seen by a grant alone"


def _agree(grants: Grants) -> tuple[bool, bool]:
    """Compare what somebody is told, with a second factor or without; whether they see the task, and its project."""
    project, weak = grants.project(), grants.person()
    task, strong = grants.tasks[project], grants.strong[weak.id]
    would_see = _is_allowed(strong, "project_view", task_id=task)
    person = grants.random.choice([weak, strong])
    is_shut_out = person is weak and would_see and grants.is_demanding
    read, comments = (person.client.get(f"/api/v1/tasks/{task}{part}") for part in ("", "/comments"))
    sees, edits = (_is_allowed(person, permission, task_id=task) for permission in ("project_view", "task_edit"))
    sees_project = _is_allowed(person, "project_view", project_id=project)
    listed = [item["project_id"] for item in person.get("/tasks")["items"]]
    changed = person.client.patch(f"/api/v1/tasks/{task}", json={"title": f"Lift {grants.random.random()}"})
    assert sees is (would_see and not is_shut_out)
    unseen = 403 if is_shut_out else 404
    assert read.status_code == comments.status_code == (200 if sees else unseen)
    assert (project in listed) is sees_project <= sees
    assert changed.status_code == (200 if edits else 403 if sees else unseen), changed.text
    why = person.get("/permissions/explain", permission="project_view", task_id=task)["grants"]
    shared = [item["id"] for item in person.get("/tasks/shared")["items"]]
    assert (task in shared) is ("task_grant" in [one["reason"] for one in why])
    return sees, sees_project


def _is_allowed(person: Someone, permission: str, **place: str) -> bool:
    """What is checked and explained, which is the same."""
    question = {"permission": permission, **place}
    allowed, why = (
        person.client.get(f"/api/v1/permissions/{how}", params=question).json() for how in ("check", "explain")
    )
    assert why["decision"]["allowed"] is allowed["allowed"] is bool(why["deciding"])
    return bool(allowed["allowed"])
