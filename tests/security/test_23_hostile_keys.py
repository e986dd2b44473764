"""23: a token that names a key of its own has nobody look for it, and is told nothing about ours."""

import base64
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest

from tests.journeys.people import Someone
from tests.security.conftest import Target, any_address

NewPerson = Callable[[str], Someone]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somewhere keys could be asked for."""
    with closing(socket.create_server(("127.0.0.1", 0))) as opened:
        opened.settimeout(0.0)
        yield opened


def test_nobody_looks_for_a_key_that_a_token_names(target: Target, someone: NewPerson, listener: socket.socket) -> None:
    genuine = someone("Ann").client.headers["Authorization"].removeprefix("Bearer ")
    trap = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
    ports = [target.port, target.port + 1] if target.shape == "split" else [target.port]

    answers = [_ask(port, token) for port in ports for token in _naming(genuine, trap)]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "invalid_token")}
    assert len({answer.json()["detail"] for answer in answers}) == 1, "what is wrong with a token is nobody's business"
    with pytest.raises(BlockingIOError):
        listener.accept()


def _naming(genuine: str, trap: str) -> Iterator[str]:
    head, claims, signature = genuine.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    for change in ({"kid": trap}, {"jku": trap}, {"x5u": trap}, {"kid": trap, "jku": trap}, {"kid": "../etc/passwd"}):
        raw = json.dumps({**header, **change}).encode()
        yield f"{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}.{claims}.{signature}"


def _ask(port: int, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": any_address()}
    return httpx.get(f"http://127.0.0.1:{port}/api/v1/me", headers=headers)
