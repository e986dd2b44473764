"""56: what people upload has its limits, is kept under names of ours, and is no page of ours when it comes back."""

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.journeys.people import Someone
from tests.security.conftest import Target
from tests.security.wire import send

NewPerson = Callable[[str], Someone]
MEGABYTE = 1024 * 1024
PAGE = b"<html><script>alert(document.cookie)</script></html>"


@pytest.fixture
def ann(someone: NewPerson) -> Someone:
    return someone("Ann")


@pytest.fixture
def path(ann: Someone) -> str:
    project = ann.project(ann.workspace()["id"])
    return f"/api/v1/tasks/{ann.post('/tasks', {'project_id': project['id'], 'title': 'Roof'})['id']}/attachments"


def files_of(target: Target) -> set[Path]:
    return {file for file in (target.home / "attachments").rglob("*") if file.is_file()}


def wait_for(question: Callable[[], bool]) -> bool:
    """Whether something becomes so before long."""
    deadline = time.monotonic() + 10
    while not question() and time.monotonic() < deadline:
        time.sleep(0.05)
    return question()


def megabytes(count: int) -> Iterator[bytes]:
    for _ in range(count * 16):
        yield b"y" * (MEGABYTE // 16)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_file_passes_and_comes_back(ann: Someone, path: str, *, chunked: bool) -> None:
    content = b"".join(megabytes(20))
    made = ann.client.post(path, params={"name": "large.bin"}, content=megabytes(20) if chunked else content)
    file = ann.client.get(f"{path}/{made.json()['id']}/file")

    assert (made.status_code, made.json()["sha256"]) == (201, hashlib.sha256(content).hexdigest())
    assert file.content == content


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_a_file_is_refused_and_leaves_nothing(
    target: Target, ann: Someone, path: str, *, chunked: bool
) -> None:
    before = files_of(target)
    content = megabytes(26) if chunked else b"y" * 26 * MEGABYTE
    try:
        answer = ann.client.post(path, params={"name": "large.bin"}, content=content)
    except httpx.TransportError:
        pass  # refused before it was sent
    else:
        assert answer.status_code == 413

    assert ann.client.get(path).json()["items"] == []
    assert wait_for(lambda: files_of(target) == before), "a part of a file was left"


def test_a_file_that_breaks_off_leaves_nothing(target: Target, ann: Someone, path: str) -> None:
    before = files_of(target)
    head = f"POST {path}?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
    token = f"Authorization: {ann.client.headers['Authorization']}\r\n\r\n"
    send(target.port, (head + token).encode(), b"y" * 100_000)

    assert ann.client.get(path).json()["items"] == []
    assert wait_for(lambda: files_of(target) == before), "a part of a file was left"


@pytest.mark.parametrize("name", ["../../../etc/passwd", "..\\..\\x", "a\x00.txt", "x\r\nSet-Cookie: a=b"])
def test_a_name_is_never_a_path(target: Target, ann: Someone, path: str, name: str) -> None:
    before = files_of(target)

    assert ann.client.post(path, params={"name": name}, content=PAGE).status_code == 422
    assert files_of(target) == before


def test_what_is_stored_is_called_by_our_id(target: Target, ann: Someone, path: str) -> None:
    before = files_of(target)
    made = ann.client.post(path, params={"name": "..%2f..%2fevil.sh"}, content=PAGE).json()

    assert {file.name for file in files_of(target) - before} == {made["id"]}


def test_a_page_that_was_uploaded_is_no_page_of_ours(ann: Someone, path: str) -> None:
    sent = {"Content-Type": "text/html"}
    made = ann.client.post(path, params={"name": 'e"vil\u202e.html'}, content=PAGE, headers=sent).json()
    file = ann.client.get(f"{path}/{made['id']}/file")

    assert (file.content, file.headers["content-type"]) == (PAGE, "application/octet-stream")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''e%22vil%E2%80%AE.html"
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert file.headers.get_list("x-content-type-options") == ["nosniff"]
    assert (file.headers["cache-control"], file.headers["etag"]) == ("private, no-cache", f'"{made["sha256"]}"')
    same = ann.client.get(f"{path}/{made['id']}/file", headers={"If-None-Match": file.headers["etag"]})
    head = ann.client.head(f"{path}/{made['id']}/file")
    assert (same.status_code, head.status_code, head.headers["content-length"]) == (304, 200, str(len(PAGE)))


def test_a_stranger_sends_and_fetches_nothing(target: Target, ann: Someone, path: str, someone: NewPerson) -> None:
    made = ann.client.post(path, params={"name": "a.txt"}, content=b"Secret").json()
    before, eve = files_of(target), someone("Eve").client
    answers = [
        eve.post(path, params={"name": "a.txt"}, content=b"y" * MEGABYTE),
        *(eve.get(f"{path}{end}") for end in ("", f"/{made['id']}", f"/{made['id']}/file")),
        eve.delete(f"{path}/{made['id']}"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert files_of(target) == before


def test_other_bodies_stay_short(ann: Someone, path: str) -> None:
    try:
        answer = ann.client.patch(path.removesuffix("/attachments"), content=b" " * 3 * MEGABYTE)
    except httpx.TransportError:
        return
    assert answer.status_code == 413
