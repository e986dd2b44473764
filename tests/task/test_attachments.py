"""Files that hang on tasks: kept under names of ours, within their limits, and collected when no task has them."""

import asyncio
import hashlib
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.actions.attachments import GRACE, Shelf, collect_files
from taskyard.task.jobs import ATTACHMENT_PERIODICS, attachment_handlers
from tests.kit.finishing import finish_jobs

from .conftest import As, NewTaskOf, World

PLAN = b"A plan of the roof" * 1000
NAMED = {"name": "plan.txt"}


@pytest.fixture
async def path(new_task: NewTaskOf) -> str:
    return f"/tasks/{(await new_task())['id']}/attachments"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*/*"))


async def attach(client: httpx.AsyncClient, path: str, content: bytes = PLAN, **query: str) -> dict[str, Any]:
    answer = await client.post(path, params={**NAMED, **query}, content=content)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_file_comes_back_as_it_was(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, path: str, world: World
) -> None:
    made = await ann.post(path, params={"name": "Dach äöü.txt"}, content=PLAN)
    one = made.json()
    file = await vera.get(f"{path}/{one['id']}/file")
    listed = (await vera.get(path)).json()["items"]

    assert (made.status_code, made.headers["location"]) == (201, f"/api/v1{path}/{one['id']}")
    assert (one["size"], one["sha256"]) == (len(PLAN), hashlib.sha256(PLAN).hexdigest())
    assert (one["name"], one["media_type"], one["created_by"]) == ("Dach äöü.txt", "text/plain", world.ann)
    assert (file.content, listed, (await vera.get(f"{path}/{one['id']}")).json()) == (PLAN, [one], one)
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''Dach%20%C3%A4%C3%B6%C3%BC.txt"
    assert await world.events_of(one["id"]) == [("attachment.created.v1", 1, {})]


async def test_a_file_is_sent_to_be_saved_and_not_shown(ann: httpx.AsyncClient, path: str) -> None:
    one = await attach(ann, path, b"<script>alert(1)</script>", name="page.html")
    file = await ann.get(f"{path}/{one['id']}/file")
    again = await ann.get(f"{path}/{one['id']}/file", headers={"If-None-Match": f'"x", W/"{one["sha256"]}"'})

    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (file.headers["etag"], file.headers["content-length"]) == (f'"{one["sha256"]}"', str(len(file.content)))
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", file.headers["etag"])


async def test_a_download_goes_on_where_it_broke_off(ann: httpx.AsyncClient, path: str) -> None:
    one = await attach(ann, path, PLAN)
    tag, url = f'"{one["sha256"]}"', f"{path}/{one['id']}/file"
    rest = await ann.get(url, headers={"Range": "bytes=4-", "If-Range": tag})
    other = await ann.get(url, headers={"Range": "bytes=4-", "If-Range": '"other"'})
    beyond = await ann.get(url, headers={"Range": f"bytes={len(PLAN)}-"})

    assert (rest.status_code, rest.content, rest.headers["etag"]) == (206, PLAN[4:], tag)
    assert rest.headers["content-range"] == f"bytes 4-{len(PLAN) - 1}/{len(PLAN)}"
    assert rest.headers["content-length"] == str(len(PLAN) - 4)
    assert (other.status_code, other.content, other.headers["accept-ranges"]) == (200, PLAN, "bytes")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(PLAN)}")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\nrest", "image/png"),
        ("a.png", b"<html>", "application/octet-stream"),
        ("a.txt", b"%PDF-1.7", "application/pdf"),
        ("a.CSV", b"a,b", "text/csv"),
        ("a.html", b"<html>", "application/octet-stream"),
        ("noname", b"", "application/octet-stream"),
    ],
)
async def test_what_a_file_seems_to_be(ann: httpx.AsyncClient, path: str, name: str, content: bytes, kind: str) -> None:
    assert (await attach(ann, path, content, name=name))["media_type"] == kind


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a\\b", " ", "a\x00b", "a\nb", "a" * 256, ""])
async def test_a_name_that_is_none_is_malformed(ann: httpx.AsyncClient, path: str, folder: Path, name: str) -> None:
    answer = await ann.post(path, params={"name": name}, content=PLAN)
    missing = await ann.post(path, content=PLAN)

    assert (answer.status_code, missing.status_code) == (422, 422)
    assert files_in(folder) == []


async def test_files_are_called_by_ids_and_are_ours_alone(ann: httpx.AsyncClient, path: str, folder: Path) -> None:
    one = await attach(ann, path, name="..")

    assert files_in(folder) == [one["id"]]
    (file,) = folder.glob("*/*")
    assert {part.stat().st_mode & 0o777 for part in (file.parent, folder)} == {0o700}
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_is_too_long_leaves_nothing(ann: httpx.AsyncClient, path: str, folder: Path) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"y" * 10_000

    chunked = await ann.post(path, params=NAMED, content=parts())
    whole = await ann.post(path, params=NAMED, content=b"y" * 100_001)

    assert [answer.json()["code"] for answer in (chunked, whole)] == ["payload_too_large"] * 2
    assert files_in(folder) == []
    assert (await ann.get(path)).json()["items"] == []
    await attach(ann, path, b"y" * 100_000)


async def test_a_workspace_keeps_so_much_and_no_more(ann: httpx.AsyncClient, path: str, folder: Path) -> None:
    made = [await attach(ann, path, b"y" * 90_000) for _ in range(3)]
    over = await ann.post(path, params=NAMED, content=b"y" * 30_001)
    await attach(ann, path, b"y" * 30_000)
    full = await ann.post(path, params=NAMED, content=b"")
    await ann.delete(f"{path}/{made[0]['id']}")
    after = await ann.post(path, params=NAMED, content=b"y" * 90_000)

    assert [answer.json()["code"] for answer in (over, full)] == ["attachment_quota_reached"] * 2
    assert after.status_code == 201
    assert len(files_in(folder)) == 5  # that of the deleted one is collected later


async def test_of_many_files_at_once_only_what_fits_is_kept(ann: httpx.AsyncClient, path: str, folder: Path) -> None:
    answers = await asyncio.gather(*(ann.post(path, params=NAMED, content=b"y" * 70_000) for _ in range(8)))
    listed = (await ann.get(path)).json()["items"]

    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 4}
    assert sorted(item["id"] for item in listed) == files_in(folder)


async def test_a_repeated_request_hangs_one_file(ann: httpx.AsyncClient, path: str, folder: Path, world: World) -> None:
    key = {"Idempotency-Key": "once"}
    first, again, other = [
        await ann.post(path, params=NAMED, content=content, headers=key) for content in (PLAN, PLAN, b"Another")
    ]
    await world.revoke(world.ann)
    lost = await ann.post(path, params=NAMED, content=PLAN, headers=key)

    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert (other.json()["code"], lost.status_code) == ("idempotency_key_reused", 404)
    assert files_in(folder) == [first.json()["id"]]


async def test_who_may_hang_and_take_off(
    ann: httpx.AsyncClient, as_person: As, world: World, path: str, folder: Path
) -> None:
    one = await attach(ann, path)
    vera, otto, bob = (as_person(name) for name in (world.vera, world.otto, world.bob))
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    refused = [
        answer.status_code
        for client in (vera, reader, otto, as_person(None))
        for answer in (await client.post(path, params=NAMED, content=PLAN), await client.delete(f"{path}/{one['id']}"))
    ]
    hidden = [(await otto.get(f"{path}{end}")).status_code for end in ("", f"/{one['id']}", f"/{one['id']}/file")]

    assert (refused, hidden) == ([403, 403, 403, 403, 404, 404, 401, 401], [404, 404, 404])
    assert files_in(folder) == [one["id"]]
    assert (await bob.delete(f"{path}/{one['id']}", headers={"If-Match": '"9"'})).status_code == 412
    assert (await bob.delete(f"{path}/{one['id']}")).status_code == 204
    gone = [await bob.get(f"{path}/{one['id']}{end}") for end in ("", "/file")] + [await bob.delete(f"{path}/x")]
    assert {answer.json()["code"] for answer in gone} == {"attachment_not_found"}
    assert [kind for kind, _, _ in await world.events_of(one["id"])] == [
        "attachment.created.v1",
        "attachment.deleted.v1",
    ]


async def test_an_archived_project_keeps_its_files(ann: httpx.AsyncClient, world: World, path: str) -> None:
    one = await attach(ann, path)
    await world.archive()
    answers = [await ann.post(path, params=NAMED, content=PLAN), await ann.delete(f"{path}/{one['id']}")]

    assert {answer.json()["code"] for answer in answers} == {"project_archived"}
    assert (await ann.get(f"{path}/{one['id']}/file")).content == PLAN


async def test_the_trash_keeps_files(ann: httpx.AsyncClient, path: str) -> None:
    one, task = await attach(ann, path), path.removesuffix("/attachments")
    await ann.delete(task)
    hidden = await ann.get(f"{path}/{one['id']}/file")
    await ann.post(f"{task}/restore")

    assert hidden.status_code == 404
    assert (await ann.get(f"{path}/{one['id']}/file")).content == PLAN


async def test_lists_have_pages(ann: httpx.AsyncClient, path: str) -> None:
    made = [await attach(ann, path, name=f"{n}.txt") for n in range(3)]
    first = (await ann.get(path, params={"limit": 2})).json()
    rest = (await ann.get(path, params={"cursor": first["next_cursor"]})).json()

    assert (first["items"] + rest["items"], rest["next_cursor"]) == (made, None)


async def test_files_that_no_attachment_needs_are_collected(
    ann: httpx.AsyncClient, path: str, folder: Path, shelf: Shelf, world: World
) -> None:
    kept, deleted, gone = [await attach(ann, path, name=f"{n}.txt") for n in range(3)]
    await ann.delete(f"{path}/{deleted['id']}")
    await world.owner.execute("DELETE FROM task.attachments WHERE id = $1", gone["id"])
    fresh = new_id()
    (folder / fresh[-2:]).mkdir(exist_ok=True)
    for name in (fresh, "not-ours"):
        (folder / fresh[-2:] / name).write_bytes(b"")
    before = time.time() - GRACE.total_seconds() - 60
    for file in folder.glob("*/*"):
        if file.name != fresh:
            os.utime(file, (before, before))
    assert shelf.files is not None

    assert await collect_files(world.task, shelf.files) == 2
    assert set(files_in(folder)) == {kept["id"], fresh, "not-ours"}
    assert await collect_files(world.task, shelf.files, timedelta(seconds=-60)) == 1


async def test_the_job_collects(ann: httpx.AsyncClient, path: str, folder: Path, shelf: Shelf, world: World) -> None:
    one = await attach(ann, path)
    await ann.delete(f"{path}/{one['id']}")
    (file,) = folder.glob("*/*")
    os.utime(file, (0, 0))
    assert shelf.files is not None
    runner = JobRunner(
        world.task, attachment_handlers(world.task, shelf.files), Signal(), periodics=ATTACHMENT_PERIODICS
    )
    await runner.queue_periodics()
    while await runner._start_jobs(4):
        await finish_jobs(runner)

    assert files_in(folder) == []


async def test_rows_go_with_a_task_that_is_deleted_for_good(ann: httpx.AsyncClient, path: str, world: World) -> None:
    one, task = await attach(ann, path), path.split("/")[2]
    await world.owner.execute("DELETE FROM task.tasks WHERE id = $1", task)

    assert await world.owner.fetch("SELECT 1 FROM task.attachments WHERE id = $1", one["id"]) == []


async def test_a_file_that_is_not_there_is_told(ann: httpx.AsyncClient, path: str, folder: Path) -> None:
    one = await attach(ann, path)
    (file,) = folder.glob("*/*")
    file.unlink()

    answer = await ann.get(f"{path}/{one['id']}/file")
    assert (answer.status_code, answer.json()["code"]) == (404, "attachment_file_missing")


class TestWithoutAFolder:
    """Where everything is not on one machine."""

    @pytest.fixture
    def shelf(self) -> Shelf:
        return Shelf(None, 100_000, 300_000)

    async def test_nothing_is_taken(self, ann: httpx.AsyncClient, path: str) -> None:
        answer = await ann.post(path, params=NAMED, content=PLAN)

        assert (answer.status_code, answer.json()["code"]) == (409, "attachments_off")
        assert (await ann.get(path)).json()["items"] == []
