"""The people and things journeys are about, made through the API as clients make them."""

from typing import Any
from uuid import uuid4

import httpx

from tests.journeys.stack import RemoteStack

PASSWORD = "correct horse battery staple"


class Someone:
    """A person with an account, signed in."""

    def __init__(self, stack: RemoteStack, name: str, email: str = "") -> None:
        self.email = email or f"{name.lower()}-{uuid4().hex[:8]}@example.com"
        self.stack = stack
        self.stack = stack
        self.client = stack.client()
        registered = self.client.post(
            "/api/v1/auth/register", json={"email": self.email, "password": PASSWORD, "name": name}
        )
        assert registered.status_code == 201, registered.text
        self.id: str = registered.json()["id"]
        self.sign_in()

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def sign_in(self) -> dict[str, Any]:
        """Sign in and use the new access token from now on."""
        answer = self.client.post("/api/v1/auth/login", json={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        self.client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return tokens

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """GET, with the status expected."""
        return _checked(self.client.get(f"/api/v1{path}", params=query), status)

    def post(self, path: str, body: Any = None, status: int = 201, *, headers: dict[str, str] | None = None) -> Any:
        """POST, with the status expected."""
        return _checked(self.client.post(f"/api/v1{path}", json=body, headers=headers), status)

    def patch(self, path: str, body: Any, status: int = 200, *, headers: dict[str, str] | None = None) -> Any:
        """PATCH, with the status expected."""
        return _checked(self.client.patch(f"/api/v1{path}", json=body, headers=headers), status)

    def delete(self, path: str, status: int = 204) -> Any:
        """DELETE, with the status expected."""
        return _checked(self.client.delete(f"/api/v1{path}"), status)

    def attach(self, task_id: str, name: str, content: bytes) -> dict[str, Any]:
        """A file on a task."""
        path = f"/api/v1/tasks/{task_id}/attachments"
        attachment: dict[str, Any] = _checked(self.client.post(path, params={"name": name}, content=content), 201)
        return attachment

    def workspace(self) -> dict[str, Any]:
        """A new workspace of this person."""
        slug = f"acme-{uuid4().hex[:8]}"
        workspace: dict[str, Any] = self.post("/workspaces", {"name": "Acme", "slug": slug})
        return workspace

    def project(self, workspace_id: str, key: str = "OPS", **fields: Any) -> dict[str, Any]:
        """A new project of this person."""
        body = {"workspace_id": workspace_id, "key": key, "name": "Operations", **fields}
        project: dict[str, Any] = self.post("/projects", body)
        return project


def _checked(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json() if answer.content else None
