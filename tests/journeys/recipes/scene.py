"""What recipes find in place, and what they make of it."""

import time
from collections.abc import Callable
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import msgspec

from tests.journeys.people import Someone


class Request(msgspec.Struct, kw_only=True):
    """A write that succeeds. ``ids`` fill the placeholders of its path; Ann sends it, or ``by``."""

    ids: dict[str, str] = {}
    body: Any = None
    query: dict[str, str] = {}
    by: Someone | None = None
    form: dict[str, str] | None = None
    """What is sent in place of a JSON body."""


class Scene:
    """Ann's workspace and project, with Bob as a member of the workspace."""

    def __init__(
        self,
        register: Callable[..., Someone],
        unsubscribe_token: Callable[[str], str],
        mailed_token: Callable[[str, str], str],
        grant: Callable[[str], None],
    ) -> None:
        self.register = register
        self.unsubscribe_token = unsubscribe_token
        self.mailed_token = mailed_token
        self.grant = grant
        self.ann, self.bob = register("Ann"), register("Bob")
        self.workspace: str = self.ann.workspace()["id"]
        self.add_member(self.bob)
        self.project = self.new_project()

    def send(self, operation: str, request: Request, headers: dict[str, str]) -> httpx.Response:
        """Send the request of an operation such as ``POST /api/v1/tasks``."""
        method, path = operation.split(" ")
        client = (request.by or self.ann).client
        url = path.format(**request.ids)
        if request.form is not None:
            return client.request(method, url, data=request.form, headers=headers)
        return client.request(method, url, json=request.body, params=request.query, headers=headers)

    def add_member(self, person: Someone) -> str:
        """Make a person a member of the workspace; their id."""
        self.ann.post(f"/workspaces/{self.workspace}/members", {"email": person.email, "role": "member"})
        return person.id

    def new_member(self) -> str:
        """Somebody who is a member of the workspace."""
        return self.add_member(self.register("Carl"))

    def new_workspace(self) -> str:
        """Another workspace of Ann's."""
        return str(self.ann.workspace()["id"])

    def new_project(self) -> str:
        """A project with nothing in it."""
        return str(self.ann.project(self.workspace, f"P{uuid4().hex[:7].upper()}")["id"])

    def new_project_member(self) -> dict[str, str]:
        """Bob as a member of a new project."""
        project = self.new_project()
        self.ann.post(f"/projects/{project}/members", {"user_id": self.bob.id, "role": "member"})
        return {"project_id": project, "subject_id": self.bob.id}

    def new_role(self) -> dict[str, str]:
        """A role that nobody has."""
        body = {"name": uuid4().hex, "permissions": ["project_view"]}
        role = self.ann.post(f"/workspaces/{self.workspace}/roles", body)
        return {"workspace_id": self.workspace, "role_id": role["id"]}

    def new_team(self) -> str:
        """A team with nobody in it."""
        return str(self.ann.post(f"/workspaces/{self.workspace}/teams", {"name": uuid4().hex})["id"])

    def new_invitation(self, email: str) -> str:
        """A place kept for somebody who has no account."""
        self.ann.post(f"/workspaces/{self.workspace}/members", {"email": email, "role": "member"}, 202)
        items = self.ann.get(f"/workspaces/{self.workspace}/invitations", limit=200)["items"]
        return next(str(item["id"]) for item in items if item["email"] == email)

    def new_task(self, **fields: Any) -> str:
        """A task of Bob's."""
        return str(self.bob.post("/tasks", {"project_id": self.project, "title": "Work", **fields})["id"])

    def new_comment(self) -> str:
        """A comment of Ann's on a task."""
        return str(self.ann.post(f"/tasks/{self.new_task()}/comments", {"body": "Look."})["id"])

    def new_notification(self) -> str:
        """An unread notification of Ann's, as soon as she is told of a new task."""
        task = self.new_task(assignee_ids=[self.ann.id])
        for _ in range(200):
            items = self.ann.get("/notifications", limit=200)["items"]
            if told := next((item for item in items if item["task_id"] == task), None):
                return str(told["id"])
            time.sleep(0.05)
        raise AssertionError("nobody told Ann of her task")


Recipe: TypeAlias = Callable[[Scene], Request]
Recipes: TypeAlias = dict[str, Recipe]
Silent: TypeAlias = dict[str, str]
"""Operations whose success announces nothing, each with the reason."""
