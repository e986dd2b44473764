"""49: nothing is read that is longer than anybody needs."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.journeys.people import Someone
from tests.security.conftest import Target
from tests.security.wire import CLOSED, send, statuses

NewPerson = Callable[[str], Someone]


def test_long_headers_are_refused(target: Target) -> None:
    with target.client() as client:
        answer = client.get("/api/v1/me", headers={"X-Long": "y" * 17_000})
    assert answer.status_code == 431


def test_an_endless_head_is_cut_off(target: Target) -> None:
    head = b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX-Long: "

    answer = send(target.port, head, *[b"y" * 100_000] * 50)

    assert statuses(answer) in ([431], [])  # the answer can be lost when more was under way
    assert answer.endswith(CLOSED)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_long_body_is_refused(target: Target, *, chunked: bool) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    body = parts() if chunked else b" " * 40 * 65_536
    with target.client() as client:
        try:
            answer = client.post("/api/v1/auth/refresh", content=body, headers={"Content-Type": "application/json"})
        except httpx.WriteError:
            return  # refused before it was sent
    assert answer.status_code == 413


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, '{"title":' * 5_000 + "1" + "}" * 5_000])
def test_deep_json_is_malformed(someone: NewPerson, text: str) -> None:
    ann = someone("Ann")
    headers = {"Content-Type": "application/json"}
    answers = [
        ann.client.post("/api/v1/tasks", content=text, headers=headers),
        ann.client.post("/api/v1/workspaces", content=text, headers=headers),
        ann.client.patch("/api/v1/me", content=text, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400]


def test_a_compressed_body_is_not_unpacked(target: Target) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with target.client() as client:
        answer = client.post("/api/v1/auth/refresh", content=b"\x1f\x8b\x08\x00", headers=headers)
    assert answer.status_code == 400
