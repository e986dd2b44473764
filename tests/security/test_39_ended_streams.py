"""39: streams end within a second with the credential that opened them, whichever way that ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy

import pytest

from tests.journeys.people import Someone
from tests.journeys.programs import Program
from tests.journeys.sockets import Line
from tests.journeys.stream import Stream

ENDS_WITHIN = 1.0
"""Seconds."""
NewPerson = Callable[[str], Someone]


class Crew:
    """A workspace with a service account, a key of it, and a program that acts as the account."""

    def __init__(self, machine: Program) -> None:
        self.ann = machine.owner
        self.machine = machine
        accounts = f"/workspaces/{self.ann.workspace()['id']}/service-accounts"
        made = self.ann.post(accounts, {"name": "Lift", "role": "member"})["id"]
        self.account, self.means = f"{accounts}/{made}", f"/service-accounts/{made}"
        key = self.ann.post(f"{self.means}/api-keys", {"name": "Follow", "scopes": ["events:read"]})
        self.key, self.secret = f"{self.means}/api-keys/{key['id']}", key["secret"]
        self.binding = f"{self.means}/oauth-clients/{machine.id}"
        assert self.ann.client.put(f"/api/v1{self.binding}", json={"scopes": ["events:read"]}).is_success

    def token(self) -> str:
        """What the program gets for itself."""
        return str(self.machine.post("token", grant_type="client_credentials").json()["access_token"])

    def end(self, way: str) -> None:
        """Let the account, or what opens it, be no more."""
        paths = {"account": self.account, "key": self.key, "binding": self.binding}
        if way == "disable":
            self.ann.post(f"{self.account}/disable", status=200)
        else:
            self.ann.delete(paths.get(way, f"/oauth-clients/{self.machine.id}"))


@pytest.fixture
def crew(make_app: Callable[..., Program]) -> Crew:
    return Crew(make_app(grant_types=["client_credentials"], redirect_uris=[], scopes=["events:read"]))


@contextmanager
def bearing(ann: Someone, token: str) -> Iterator[Someone]:
    """Whoever has this token."""
    program = copy(ann)
    with ann.stack.client(Authorization=f"Bearer {token}") as program.client:
        yield program


def require_end(stream: Stream, line: Line, reason: str = "session_revoked") -> None:
    """Both ways of following are told within the second that it is over, and why."""
    deadline = time.monotonic() + ENDS_WITHIN
    assert stream.wait_for("end", ENDS_WITHIN) == {"reason": reason}
    closed = line.wait_until_closed(max(deadline - time.monotonic(), 0.1))
    assert closed == (4401, reason)


@pytest.mark.parametrize(
    ("by", "way"),
    [
        *(("key", "disable"), ("key", "account"), ("key", "key")),
        *(("client", "disable"), ("client", "account"), ("client", "binding"), ("client", "client")),
    ],
)
def test_streams_of_a_service_account_end_with_it_and_with_what_opened_them(crew: Crew, by: str, way: str) -> None:
    token = crew.secret if by == "key" else crew.token()
    with bearing(crew.ann, token) as program, Stream(program) as stream, Line(program) as line:
        crew.end(way)
        require_end(stream, line)


@pytest.mark.parametrize("limits", [{"scopes": ["tasks:read"]}, {"ip_allow": ["192.0.2.0/24"]}])
def test_streams_of_a_key_end_when_it_gets_other_limits(someone: NewPerson, limits: dict[str, list[str]]) -> None:
    ann = someone("Ann")
    key = ann.post("/api-keys", {"name": "Follow", "scopes": ["events:read"]})
    with bearing(ann, key["secret"]) as program, Stream(program) as stream, Line(program) as line:
        assert ann.client.patch(f"/api/v1/api-keys/{key['id']}", json=limits).is_success
        require_end(stream, line, "credential_changed")


def test_streams_of_a_deleted_client_that_acts_for_nobody_end(make_app: Callable[..., Program]) -> None:
    machine = make_app(grant_types=["client_credentials"], redirect_uris=[], scopes=["events:read"])
    token = machine.post("token", grant_type="client_credentials").json()["access_token"]
    with bearing(machine.owner, token) as program, Stream(program) as stream, Line(program) as line:
        machine.owner.delete(f"/oauth-clients/{machine.id}")
        require_end(stream, line)


def test_streams_of_a_person_end_when_they_sign_out_everywhere(someone: NewPerson) -> None:
    ann = someone("Ann")
    with Stream(ann) as stream, Line(ann) as line:
        ann.delete("/sessions")
        require_end(stream, line)
