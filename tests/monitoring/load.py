"""A busy minute in a few seconds: something of everything that Taskyard counts."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import httpx

from tests.journeys.people import Someone
from tests.journeys.stack import Stack
from tests.journeys.stream import Stream

TASKS = 80
AT_ONCE = 32
"""More than two processes have connections to PostgreSQL, so that some requests wait for one."""
TWO_LOOKS = 2.5
"""Seconds in which Prometheus looks twice: a counter that has its value when first seen did not grow."""
MOST_TRIES = 3_000
"""Many times what the limit for those who are not signed in allows at once."""


def put_load_on(stack: Stack) -> None:
    """Two people who work, one who guesses passwords, and one who asks too often."""
    with closing(Someone(stack, "Ann")) as ann, closing(Someone(stack, "Bob")) as bob:
        workspace = ann.workspace()
        ann.post(f"/workspaces/{workspace['id']}/members", {"email": bob.email, "role": "member"})
        project = ann.project(workspace["id"])
        with Stream(bob) as stream:
            work(ann, bob, project["id"])
            stream.wait_for("notification.created.v1")
        bob.get("/notifications", unread="true")
        bob.delete(f"/workspaces/{workspace['id']}", status=403)
        guess(stack, ann.email)
        time.sleep(TWO_LOOKS)
        ann.get(f"/tasks/{uuid4()}", status=404)
    hurry(stack)


def work(ann: Someone, bob: Someone, project_id: str) -> None:
    """Tasks by the dozen, several at once, so that connections become short."""

    def one(number: int) -> None:
        task = ann.post("/tasks", {"project_id": project_id, "title": f"Task {number}", "assignee_ids": [bob.id]})
        ann.patch(f"/tasks/{task['id']}", {"title": "Renamed"}, headers={"If-Match": '"1"'})
        bob.get(f"/tasks/{task['id']}")

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(one, range(TASKS)))
    ann.get(f"/tasks/{uuid4()}", status=404)
    ann.post("/tasks", {"project_id": project_id}, status=422)


def guess(stack: Stack, email: str) -> None:
    """Wrong passwords until the account is held back."""
    with stack.client() as nobody:
        for _ in range(6):
            answer = nobody.post("/api/v1/auth/login", json={"email": email, "password": "not the passphrase"})
            assert answer.is_client_error
        assert answer.status_code == httpx.codes.TOO_MANY_REQUESTS


def hurry(stack: Stack) -> None:
    """Ask without a name until the limit refuses."""
    with stack.client() as nobody:
        statuses = (nobody.get("/api/v1/tasks").status_code for _ in range(MOST_TRIES))
        assert httpx.codes.TOO_MANY_REQUESTS in statuses
