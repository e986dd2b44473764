"""39: signing out everywhere and being disabled bite within a second, at the gateway and at every service."""

import time
from collections.abc import Callable

from tests.journeys.administrators import grant
from tests.journeys.people import Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]
PATHS = ("/me", "/workspaces", "/tasks", "/notifications")
"""One of each service."""


def test_signing_out_everywhere_bites_everywhere(someone: NewPerson) -> None:
    ann = someone("Ann")
    first = ann.sign_in()
    second = ann.sign_in()

    ann.delete("/sessions")

    time.sleep(1)
    for tokens in (first, second):
        ann.client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        for path in PATHS:
            ann.get(path, status=401)
        answer = ann.client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert answer.status_code == 401


def test_a_disabled_person_is_refused_everywhere(target: Target, someone: NewPerson) -> None:
    boss, ann = someone("Boss"), someone("Ann")
    key = ann.post("/api-keys", {"name": "Robot", "scopes": ["account:read"]})["secret"]
    with target.client(**{"X-API-Key": key}) as robot:
        assert robot.get("/api/v1/me").is_success
        boss.post(f"/users/{ann.id}/disable", status=403)
        grant(target.home, boss.email)
        boss.post(f"/users/{ann.id}/disable", status=200)

        time.sleep(1)
        for path in PATHS:
            ann.get(path, status=401)
        assert robot.get("/api/v1/me").status_code == 401
