"""43: a role that is taken away is gone with the next request, wherever it came from."""

from collections.abc import Callable

import pytest

from tests.journeys.people import Someone
from tests.security.world import NewPerson

Loss = Callable[["Standing"], None]


class Standing:
    """Ann's private project with a task, in which Bob may work for exactly one reason."""

    def __init__(self, someone: NewPerson) -> None:
        self.ann, self.bob = someone("Ann"), someone("Bob")
        self.workspace = self.ann.workspace()["id"]
        self.member = f"/workspaces/{self.workspace}/members/{self.bob.id}"
        self.project = self.ann.project(self.workspace)["id"]
        self.task = self.ann.post("/tasks", {"project_id": self.project, "title": "Fix the lift"})["id"]

    def join(self, role: str) -> None:
        """Bob becomes a member of the workspace."""
        self.ann.post(f"/workspaces/{self.workspace}/members", {"email": self.bob.email, "role": role})

    def seat(self, **subject: str) -> str:
        """Bob, or his team, gets a role in the project; the address of that."""
        self.ann.post(f"/projects/{self.project}/members", {"role": "member", **subject})
        return f"/projects/{self.project}/members/{next(iter(subject.values()))}"

    def edit(self, status: int) -> None:
        """Bob changes the task, with the status expected."""
        self.bob.patch(f"/tasks/{self.task}", {"title": "Lift"}, status)


def _leaves_the_workspace(standing: Standing) -> None:
    standing.join("member")
    standing.edit(200)
    standing.ann.delete(standing.member)
    standing.edit(404)


def _becomes_a_viewer(standing: Standing) -> None:
    standing.join("member")
    standing.edit(200)
    standing.ann.patch(standing.member, {"role": "viewer"})
    standing.edit(403)


def _loses_the_seat(standing: Standing) -> None:
    standing.join("guest")
    seat = standing.seat(user_id=standing.bob.id)
    standing.edit(200)
    standing.ann.patch(seat, {"role": "viewer"})
    standing.edit(403)
    standing.ann.delete(seat)
    standing.edit(404)


def _leaves_the_team(standing: Standing) -> None:
    standing.join("guest")
    team = standing.ann.post(f"/workspaces/{standing.workspace}/teams", {"name": "Night shift"})["id"]
    standing.ann.post(f"/teams/{team}/members", {"user_id": standing.bob.id})
    standing.seat(team_id=team)
    standing.edit(200)
    standing.ann.delete(f"/teams/{team}/members/{standing.bob.id}")
    standing.edit(404)


def _gets_a_smaller_role(standing: Standing) -> None:
    roles = f"/workspaces/{standing.workspace}/roles"
    body = {"name": "Fitter", "permissions": ["workspace_view", "project_view", "task_edit"]}
    role = standing.ann.post(roles, body)["id"]
    standing.join(role)
    standing.edit(200)
    standing.ann.patch(f"{roles}/{role}", {"permissions": ["workspace_view", "project_view"]})
    standing.edit(403)


def _is_shut_out(standing: Standing) -> None:
    standing.join("member")
    standing.edit(200)
    standing.ann.patch(f"/projects/{standing.project}", {"visibility": "private"})
    standing.edit(404)


LOSSES: list[Loss] = [
    _leaves_the_workspace,
    _becomes_a_viewer,
    _loses_the_seat,
    _leaves_the_team,
    _gets_a_smaller_role,
    _is_shut_out,
]


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__.strip("_"))
def test_a_role_that_is_lost_is_gone_with_the_next_request(someone: NewPerson, lose: Loss) -> None:
    lose(Standing(someone))


def test_every_surface_forgets_at_once(someone: NewPerson) -> None:
    standing = Standing(someone)
    standing.join("member")
    surfaces = [
        f"/tasks/{standing.task}",
        f"/tasks/{standing.task}/comments",
        f"/tasks/{standing.task}/activity",
        f"/projects/{standing.project}",
        f"/workspaces/{standing.workspace}",
    ]
    for path in surfaces:
        standing.bob.get(path)
    assert _listed(standing.bob) == [standing.task]
    standing.ann.delete(standing.member)
    for path in surfaces:
        standing.bob.get(path, 404)
    assert _listed(standing.bob) == []
    assert standing.bob.get("/search", q="lift")["items"] == []
    assert [event for event in standing.bob.get("/events")["items"] if event["project_id"]] == []


def _listed(person: Someone) -> list[str]:
    return [item["id"] for item in person.get("/tasks")["items"]]
