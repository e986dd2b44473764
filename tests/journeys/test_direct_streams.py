"""In the split shape streams may pass the gateway by: a client at the notification service's own port."""

from collections.abc import Callable, Iterator

import httpx
import msgspec
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from taskyard.kit.roles import PORT_OFFSETS
from tests.journeys.people import Someone
from tests.journeys.sockets import PATH, Line
from tests.journeys.stack import RemoteStack
from tests.journeys.stream import Stream

NewPerson = Callable[[str], Someone]
STREAM = "/api/v1/events/stream"


@pytest.fixture
def direct(stack: RemoteStack) -> str:
    """The address of the notification service."""
    if stack.shape != "split":
        pytest.skip("only the split shape has such a port")
    return f"http://127.0.0.1:{stack.port + PORT_OFFSETS['notification']}"


@pytest.fixture
def ann(someone: NewPerson, direct: str) -> Iterator[Someone]:
    """Somebody whose streams go there; what she writes goes through the gateway."""
    ann = someone("Ann")
    gateway = ann.client.base_url
    ann.project(ann.workspace()["id"])
    ann.client.base_url = httpx.URL(direct)
    yield ann
    ann.client.base_url = gateway


@pytest.fixture
def own_page(stack: RemoteStack) -> str:
    """The origin of Taskyard's own pages."""
    return f"http://localhost:{stack.port}"


@pytest.mark.parametrize("way", ["header", "subprotocol", "message"])
def test_streams_tell_there_what_they_tell_at_the_gateway(someone: NewPerson, ann: Someone, way: str) -> None:
    bob = someone("Bob")
    bob.client.headers["Authorization"] = ann.client.headers["Authorization"]
    with Stream(ann) as stream, Line(ann, way=way) as line, Stream(bob) as at_gateway:
        bob.workspace()
        heard = line.wait_for("workspace.created.v1")
        stream.wait_for("workspace.created.v1")
        at_gateway.wait_for("workspace.created.v1")
    assert (heard["id"], heard["event"], heard["data"]) in stream.events
    assert at_gateway.events == stream.events


@pytest.mark.parametrize("credential", [{}, {"Authorization": "Bearer nonsense"}])
def test_nobody_is_let_in_there_without_a_credential(direct: str, credential: dict[str, str]) -> None:
    assert httpx.get(direct + STREAM, headers=credential).status_code == httpx.codes.UNAUTHORIZED


def test_a_session_that_ended_is_over_there_too(stack: RemoteStack, ann: Someone) -> None:
    headers = {"Authorization": ann.client.headers["Authorization"]}
    with Line(ann) as line:
        assert httpx.post(f"{stack.url}/api/v1/auth/logout", headers=headers).is_success
        assert line.wait_until_closed() == (4401, "session_revoked")
    assert ann.client.get("/api/v1/events").status_code == httpx.codes.UNAUTHORIZED


def test_own_pages_may_read_there_and_foreign_ones_not(direct: str, ann: Someone, own_page: str) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,last-event-id"}
    for origin, allowed in ((own_page, own_page), ("https://evil.example", None)):
        preflight = httpx.options(direct + STREAM, headers={"Origin": origin, **asked})
        assert preflight.headers.get("access-control-allow-origin") == allowed
        answer = ann.client.get("/api/v1/events", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed
        refused = httpx.get(direct + STREAM, headers={"Origin": origin})
        assert refused.headers.get("access-control-allow-origin") == allowed


def test_the_gateway_says_who_may_read_once(stack: RemoteStack, ann: Someone, own_page: str) -> None:
    headers = {"Origin": own_page, "Authorization": ann.client.headers["Authorization"]}
    answer = httpx.get(f"{stack.url}/api/v1/events", headers=headers)
    assert answer.headers.get_list("access-control-allow-origin") == [own_page]


def test_a_foreign_page_opens_no_socket_there(direct: str, ann: Someone, own_page: str) -> None:
    address = direct.replace("http", "ws", 1) + PATH
    headers = {"Authorization": ann.client.headers["Authorization"]}
    with connect(address, additional_headers={**headers, "Origin": own_page}):
        pass
    foreign = {**headers, "Origin": "https://evil.example"}
    with pytest.raises(InvalidStatus) as refused, connect(address, additional_headers=foreign):
        pass
    response = refused.value.response
    assert (response.status_code, msgspec.json.decode(response.body)["code"]) == (403, "foreign_origin")
