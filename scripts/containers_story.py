"""What a person does while `make containers-test` kills containers."""

import time
from typing import Any

import httpx

PASSWORD = "correct horse battery staple"  # noqa: S105 - opens nothing


class Story:
    """Somebody who makes a task again and again, and never loses one."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.person = {"email": f"ada-{time.time_ns()}@example.com", "password": PASSWORD}
        self._post("/auth/register", {**self.person, "name": "Ada"})
        self._sign_in()
        workspace = self._post("/workspaces", {"name": "Engines", "slug": f"engines-{time.time_ns()}"})["id"]
        body = {"workspace_id": workspace, "key": "OPS", "name": "Operations"}
        self.project = self._post("/projects", body)["id"]
        self.made: list[str] = []
        self._make_task()

    def goes_on(self) -> bool:
        """Whether signing in, reading what is there and making one more works; False while it does not yet."""
        try:
            self._sign_in()
            self._make_task()
            return self.is_complete()
        except httpx.HTTPError:
            return False

    def is_complete(self) -> bool:
        """Whether every task that was acknowledged is there."""
        answer = self.client.get("/tasks", params={"project_id": self.project, "limit": 100}).raise_for_status()
        return set(self.made) <= {item["id"] for item in answer.json()["items"]}

    def _make_task(self) -> None:
        body = {"project_id": self.project, "title": f"Task {len(self.made) + 1}"}
        self.made.append(self._post("/tasks", body)["id"])

    def _sign_in(self) -> None:
        token = self._post("/auth/login", self.person)["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post(path, json=body).raise_for_status().json()
        return answer
