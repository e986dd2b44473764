"""The WebSocket in both shapes: the same events as the event stream, and endings that say why."""

from collections.abc import Callable

import msgspec
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.journeys.people import Someone
from tests.journeys.sockets import PATH, Line
from tests.journeys.stack import RemoteStack
from tests.journeys.stream import Stream

pytestmark = pytest.mark.slow
NewPerson = Callable[[str], Someone]


@pytest.mark.parametrize("way", ["header", "subprotocol", "message"])
def test_a_socket_tells_what_the_stream_tells(someone: NewPerson, way: str) -> None:
    ann = someone("Ann")
    with Stream(ann) as stream, Line(ann, way=way) as line:
        ann.project(ann.workspace()["id"])
        heard = line.wait_for("project.created.v1")
        stream.wait_for("project.created.v1")
        assert (heard["id"], heard["event"], heard["data"]) in stream.events
        assert line.subprotocol == ("taskyard.v1" if way == "subprotocol" else None)


def test_a_socket_resumes_by_place_and_keeps_to_projects_and_types(someone: NewPerson) -> None:
    ann = someone("Ann")
    workspace = ann.workspace()["id"]
    one, other = ann.project(workspace), ann.project(workspace, "DEV")
    with Line(ann) as line:
        first = ann.post("/tasks", {"project_id": one["id"], "title": "First"})
        place = line.wait_for("task.created.v1")["id"]
    second = ann.post("/tasks", {"project_id": one["id"], "title": "Second"})
    ann.post("/tasks", {"project_id": other["id"], "title": "Elsewhere"})
    ann.patch(f"/tasks/{first['id']}", {"title": "Other"})
    wish = {"project_ids": [one["id"]], "types": ["task.created.v1", "task.deleted.v1"], "after": place}
    with Line(ann, **wish) as line:
        ann.delete(f"/tasks/{second['id']}")
        line.wait_for("task.deleted.v1")
    told = [(message["event"], message["data"].get("resource_id")) for message in line.messages[1:]]
    assert told == [("task.created.v1", second["id"]), ("task.deleted.v1", second["id"])]


def test_a_removed_member_is_cut_off_at_once(someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    workspace = ann.workspace()["id"]
    ann.post(f"/workspaces/{workspace}/members", {"email": bob.email, "role": "member"})
    project = ann.project(workspace)["id"]
    with Line(bob, project_ids=[project]) as line, Stream(bob) as stream:
        ann.post("/tasks", {"project_id": project, "title": "Seen"})
        line.wait_for("task.created.v1")
        ann.delete(f"/workspaces/{workspace}/members/{bob.id}")
        ann.post("/tasks", {"project_id": project, "title": "Not seen"})
        assert line.wait_until_closed() == (4403, "access_lost")
        assert [name for _, name, _ in stream.events].count("task.created.v1") == 1
    with pytest.raises(AssertionError):
        Line(bob, project_ids=[project])


def test_a_sign_out_closes_the_socket(someone: NewPerson) -> None:
    ann = someone("Ann")
    with Line(ann) as line:
        assert ann.client.post("/api/v1/auth/logout").status_code in {200, 204}
        assert line.wait_until_closed() == (4401, "session_revoked")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": "Bearer nonsense"}, 401, "invalid_token"),
        ({"Origin": "https://evil.example"}, 403, "foreign_origin"),
    ],
)
def test_a_handshake_is_refused_as_a_request_is(
    stack: RemoteStack, headers: dict[str, str], status: int, code: str
) -> None:
    address = stack.url.replace("http", "ws", 1) + PATH
    with pytest.raises(InvalidStatus) as refused, connect(address, additional_headers=headers):
        pass
    response = refused.value.response
    assert (response.status_code, msgspec.json.decode(response.body)["code"]) == (status, code)
    assert response.headers["X-Request-ID"]
