"""A project that everybody may read: without signing in, by any credential alike, and no longer than it is public."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.journeys.people import Someone

NewPerson = Callable[[str], Someone]
PUBLIC, PRIVATE = {"visibility": "public"}, {"visibility": "private"}


class Roadmap:
    """A project of Ann's with a task, and everything that could show it to somebody who did not sign in."""

    def __init__(self, ann: Someone) -> None:
        self.ann, self.workspace = ann, ann.workspace()
        self.home = f"/workspaces/{self.workspace['id']}"
        self.project = ann.project(self.workspace["id"])["id"]
        self.task = ann.post("/tasks", {"project_id": self.project, "title": "Roof", "assignee_ids": [ann.id]})
        ann.post(f"/tasks/{self.task['id']}/comments", {"body": "When?"})
        one = f"/tasks/{self.task['id']}"
        project = f"/projects/{self.project}"
        self.paths = [project, f"{project}/states", f"{project}/labels", f"/tasks?project_id={self.project}", one]
        self.paths += [f"{one}/comments", f"/tasks/{self.task['key']}?workspace={self.workspace['slug']}"]

    def publish(self) -> None:
        """Let everybody read it."""
        self.ann.patch(self.home, {"public_projects": True})
        self.ann.patch(f"/projects/{self.project}", PUBLIC)

    def answers(self, client: httpx.Client, **headers: str) -> list[httpx.Response]:
        """What everything answers a client."""
        return [client.get(f"/api/v1/public{path}", headers=headers) for path in self.paths]

    def statuses(self, client: httpx.Client, **headers: str) -> set[int]:
        """How everything answers a client."""
        return {answer.status_code for answer in self.answers(client, **headers)}


def test_everybody_reads_what_is_public_as_long_as_it_is(someone: NewPerson) -> None:
    ann, eve = someone("Ann"), someone("Eve")
    roadmap = Roadmap(ann)
    ann.patch(f"/projects/{roadmap.project}", PUBLIC, 422)
    with ann.stack.client() as anybody:
        assert roadmap.statuses(anybody) == roadmap.statuses(ann.client) == {404}
        roadmap.publish()
        found = roadmap.answers(anybody)
        assert [answer.status_code for answer in found] == [200] * len(found)
        assert {answer.headers["cache-control"] for answer in found} == {"public, max-age=30"}
        assert {answer.headers["access-control-allow-origin"] for answer in found} == {"*"}
        assert not any(ann.email in answer.text for answer in found)
        assert found[4].json() == ann.get(f"/tasks/{roadmap.task['id']}")
        key = eve.post("/api-keys", {"name": "k", "scopes": ["webhooks:read"]})["secret"]
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"X-API-Key": key}, {"Cookie": "a=b"}):
            assert [answer.content for answer in roadmap.answers(anybody, **headers)] == [one.content for one in found]
        assert [answer.content for answer in roadmap.answers(ann.client)] == [one.content for one in found]
        for close, reopen in _ways(roadmap):
            close()
            assert roadmap.statuses(anybody) == {404}
            reopen()
            assert roadmap.statuses(anybody) == {200}


def _ways(roadmap: Roadmap) -> list[tuple[Callable[[], Any], Callable[[], Any]]]:
    """Each way of closing the project, and the way back."""
    ann, path = roadmap.ann, f"/projects/{roadmap.project}"
    return [
        (lambda: ann.patch(path, PRIVATE), lambda: ann.patch(path, PUBLIC)),
        (
            lambda: ann.patch(roadmap.home, {"public_projects": False}),
            lambda: ann.patch(roadmap.home, {"public_projects": True}),
        ),
        (lambda: ann.post(f"{path}/archive", None, 200), lambda: ann.post(f"{path}/unarchive", None, 200)),
        (lambda: ann.delete(path), lambda: ann.post(f"{path}/restore", None, 200)),
    ]


def test_only_reading_is_public(someone: NewPerson) -> None:
    roadmap = Roadmap(someone("Ann"))
    roadmap.publish()
    ann, one = roadmap.ann, f"/api/v1/public/tasks/{roadmap.task['id']}"
    with ann.stack.client() as anybody:
        for client in (anybody, ann.client):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                assert client.request(method, one, json={"title": "Mine"}).status_code == 405
        for path in ("/members", "/stats", "/webhooks"):
            assert anybody.get(f"/api/v1/public/projects/{roadmap.project}{path}").status_code == 404
        for path in ("/attachments", "/activity", "/watch", "/grants"):
            assert anybody.get(f"{one}{path}").status_code == 404
        assert anybody.get(f"/api/v1/tasks/{roadmap.task['id']}").status_code == 401
    assert ann.get(f"/tasks/{roadmap.task['id']}")["title"] == "Roof"


def test_the_document_says_that_nobody_need_sign_in(someone: NewPerson) -> None:
    paths = someone("Ann").get("/openapi.json")["paths"]
    public = {path: item for path, item in paths.items() if path.startswith("/api/v1/public/")}
    assert len(public) == 6
    assert {tuple(item) for item in public.values()} == {("get",)}
    assert [item["get"]["security"] for item in public.values()] == [[]] * len(public)
