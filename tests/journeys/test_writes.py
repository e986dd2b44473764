"""Writes that meet: the same request many times, many requests to the same version."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx

from tests.journeys.people import Someone
from tests.journeys.stack import RemoteStack

NewPerson = Callable[[str], Someone]
PARALLEL = 50


def test_fifty_parallel_posts_with_one_key_make_one_task(stack: RemoteStack, someone: NewPerson) -> None:
    ann = someone("Ann")
    project = ann.project(ann.workspace()["id"])
    key = {"Idempotency-Key": uuid4().hex}
    body = {"project_id": project["id"], "title": "Only once"}

    with stack.client(**dict(ann.client.headers), **key) as client, ThreadPoolExecutor(PARALLEL) as threads:
        answers = list(threads.map(lambda _: client.post("/api/v1/tasks", json=body), range(PARALLEL)))

    made = {answer.json()["id"] for answer in answers if answer.status_code == httpx.codes.CREATED}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(ann.get("/tasks", project_id=project["id"])["items"]) == 1
    again = ann.client.post("/api/v1/tasks", json=body, headers=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    other = ann.client.post("/api/v1/tasks", json={**body, "title": "Another"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_of_fifty_parallel_updates_of_a_version_one_wins(stack: RemoteStack, someone: NewPerson) -> None:
    ann = someone("Ann")
    project = ann.project(ann.workspace()["id"])
    task = ann.post("/tasks", {"project_id": project["id"], "title": "Contested"})
    path = f"/api/v1/tasks/{task['id']}"
    headers = {**dict(ann.client.headers), "If-Match": '"1"'}

    with stack.client(**headers) as client, ThreadPoolExecutor(PARALLEL) as threads:
        answers = list(threads.map(lambda n: client.patch(path, json={"title": f"Mine {n}"}), range(PARALLEL)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: PARALLEL - 1}
    assert ann.get(f"/tasks/{task['id']}")["version"] == 2


def test_fifty_who_try_until_they_succeed_make_one_version_each(stack: RemoteStack, someone: NewPerson) -> None:
    ann = someone("Ann")
    project = ann.project(ann.workspace()["id"])
    path = f"/api/v1/tasks/{ann.post('/tasks', {'project_id': project['id'], 'title': 'Contested'})['id']}"

    def insist(number: int) -> list[tuple[int, str]]:
        """The versions that an update was for, the last of which it got."""
        tried: list[tuple[int, str]] = []
        while not tried or tried[-1][0] == httpx.codes.PRECONDITION_FAILED:
            version = client.get(path).headers["etag"]
            answer = client.patch(path, json={"title": f"Mine {number}"}, headers={"If-Match": version})
            tried.append((answer.status_code, version))
        return tried

    with stack.client(**dict(ann.client.headers)) as client, ThreadPoolExecutor(PARALLEL) as threads:
        tries = [one for tried in threads.map(insist, range(PARALLEL)) for one in tried]

    won = Counter(version for status, version in tries if status == httpx.codes.OK)
    assert won == {f'"{version}"': 1 for version in range(1, PARALLEL + 1)}
    assert {status for status, _ in tries} <= {200, 412}
    assert ann.client.get(path).headers["etag"] == f'"{PARALLEL + 1}"'


def test_a_replay_is_refused_to_who_lost_the_permission(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()
    ann.post(f"/workspaces/{workspace['id']}/members", {"email": bob.email, "role": "member"})
    project = ann.project(workspace["id"])
    body = {"project_id": project["id"], "title": "Told twice"}
    key = {"Idempotency-Key": uuid4().hex}
    bob.post("/tasks", body, headers=key)

    ann.delete(f"/workspaces/{workspace['id']}/members/{bob.id}")

    bob.post("/tasks", body, status=404, headers=key)
