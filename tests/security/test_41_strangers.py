"""41: no route of the API tells a stranger, or nobody, about a workspace or lets them change it."""

import re

import httpx
import pytest

from tests.security.conftest import Target
from tests.security.world import OPEN, NewPerson, ask, list_routes, make_world

OWN = {
    ("delete", "/api/v1/sessions"),
    ("post", "/api/v1/auth/logout"),
    ("delete", "/api/v1/me"),
}  # act on the stranger's own session
ADMINISTRATION = ("/api/v1/users", "/api/v1/identity-providers")
"""For those who run the deployment, and refused to all others whoever is named."""


def test_no_route_answers_somebody_who_did_not_sign_in(target: Target, someone: NewPerson) -> None:
    ids, _ = make_world(someone)
    open_to_all = [
        (method, path)
        for method, path, url, body in list_routes(target, ids)
        if path not in OPEN and ask(target, method, url, body, {}).status_code != httpx.codes.UNAUTHORIZED
    ]
    assert open_to_all == []


@pytest.mark.parametrize("filtered", [False, True])
def test_no_route_shows_or_changes_a_strangers_workspace(target: Target, someone: NewPerson, *, filtered: bool) -> None:
    ids, secrets = make_world(someone)
    headers = {"Authorization": someone("Eve").client.headers["Authorization"]}
    found: list[tuple[object, ...]] = []
    for method, path, url, body in list_routes(target, ids):
        if path in OPEN or (method, path) in OWN or "stream" in path:
            continue
        answer = ask(target, method, url, body, headers, query=ids if filtered and method == "get" else None)
        names = re.findall(r"{(\w+)}", path)
        hidden = {403, 422} if path.startswith(ADMINISTRATION) else {404, 422}
        if names and answer.status_code not in hidden:
            found.append((method, path, answer.status_code))
        shown = {secret for secret in secrets if secret in answer.text} - {ids.get(name) for name in names}
        if shown and answer.is_success:
            found.append((method, path, sorted(str(secret) for secret in shown)))
    assert found == []
