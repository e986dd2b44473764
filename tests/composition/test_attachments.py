"""Files are kept in a folder only where every process sees it."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from taskyard.composition.attachment_files import attachment_files, claim_bucket, find_owner
from taskyard.composition.attachments import bucket_of, check_attachments, is_here, keeps_attachments
from taskyard.composition.boot import StartError
from taskyard.composition.services import attachment_shelf
from taskyard.kit.database import Database
from taskyard.kit.keys import Keys
from taskyard.kit.owned_files import OwnedFiles
from taskyard.kit.settings import Settings, SettingsError, parse_settings
from tests.kit.object_store import ObjectStore

ELSEWHERE = {"TASKYARD_TASK_URL": "http://task-service:3002"}
DATABASE_ELSEWHERE = {"TASKYARD_DATABASE_URL": "postgresql://owner@db.example/taskyard"}


async def nobody() -> str:
    raise AssertionError


def settings_of(**texts: str) -> Settings:
    return parse_settings({"TASKYARD_HOME": "/state", **texts})


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        ({}, True),
        ({"TASKYARD_ATTACHMENTS": "off"}, False),
        ({"TASKYARD_DATABASE_URL": "postgresql://owner@127.0.0.1/taskyard"}, True),
        (DATABASE_ELSEWHERE, False),
        ({"TASKYARD_TASK_DATABASE_URL": "postgresql://task@db.example/taskyard"}, False),
        ({**DATABASE_ELSEWHERE, "TASKYARD_ATTACHMENTS": "on"}, True),
        (ELSEWHERE, False),
    ],
)
def test_where_files_are_kept(texts: dict[str, str], *, kept: bool) -> None:
    settings = settings_of(**texts)
    check_attachments(settings)

    assert keeps_attachments(settings) is kept
    assert (attachment_files(settings, nobody) is not None) is kept


def test_a_folder_that_not_all_can_see_is_refused() -> None:
    settings = settings_of(**ELSEWHERE, TASKYARD_ATTACHMENTS="on")
    for act in (check_attachments, keeps_attachments, lambda given: attachment_files(given, nobody)):
        check: Any = act
        with pytest.raises(SettingsError, match=r"TASKYARD_ATTACHMENTS=on: .*TASKYARD_TASK_URL=http://task-service"):
            check(settings)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:3001", True),
        ("postgresql://task@/taskyard?host=/run/postgresql", True),
        ("postgresql://task@/taskyard?host=10.0.0.1", False),
        ("http://10.0.0.1:3001", False),
    ],
)
def test_addresses_of_this_machine(url: str, *, here: bool) -> None:
    assert is_here(url) is here


def test_limits_are_those_of_the_settings() -> None:
    settings = settings_of(TASKYARD_ATTACHMENT_MEGABYTES="2", TASKYARD_ATTACHMENTS_MEGABYTES="3")
    process: Any = SimpleNamespace(settings=settings)
    shelf = attachment_shelf(process)
    assert (shelf.most, shelf.quota) == (2 * 1024 * 1024, 3 * 1024 * 1024)


class TestInABucket:
    """The settings of a bucket, and what is said of it at the start."""

    @pytest.fixture
    def texts(self, object_store: ObjectStore, tmp_path: Path) -> dict[str, str]:
        bucket = object_store.new_bucket()
        (tmp_path / "secret").write_text(f"{bucket.secret_key}\n", encoding="utf-8")
        return {
            "TASKYARD_ATTACHMENTS": "s3",
            "TASKYARD_S3_ENDPOINT": bucket.endpoint,
            "TASKYARD_S3_BUCKET": bucket.name,
            "TASKYARD_S3_PREFIX": bucket.prefix,
            "TASKYARD_S3_ACCESS_KEY": bucket.access_key,
            "TASKYARD_S3_SECRET_KEY_FILE": str(tmp_path / "secret"),
        }

    def test_it_is_for_any_number_of_machines(self, texts: dict[str, str]) -> None:
        settings = settings_of(**texts, **ELSEWHERE)
        check_attachments(settings)

        assert keeps_attachments(settings)
        assert isinstance(attachment_files(settings, nobody), OwnedFiles)
        assert bucket_of(settings).secret_key == "a secret"

    @pytest.mark.parametrize("missing", ["ENDPOINT", "BUCKET", "ACCESS_KEY", "SECRET_KEY_FILE"])
    def test_what_is_missing_is_named(self, texts: dict[str, str], missing: str) -> None:
        del texts[f"TASKYARD_S3_{missing}"]
        with pytest.raises(SettingsError, match=f"^TASKYARD_ATTACHMENTS=s3: TASKYARD_S3_{missing} is not set$"):
            bucket_of(settings_of(**texts))

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("BUCKET", "A/b", "the name of a bucket"),
            ("PREFIX", "/a", "letters, digits"),
            ("PREFIX", "a/../b", "letters, digits"),
            ("PREFIX", ".", "letters, digits"),
            ("ENDPOINT", "http://s3.example", "expected https"),
            ("ENDPOINT", "s3.example", "a URL"),
            ("SECRET_KEY_FILE", "/nowhere", "cannot be read"),
            ("SECRET_KEY_FILE", "/dev/null", "holds the secret key"),
        ],
    )
    def test_what_is_wrong_is_named(self, texts: dict[str, str], name: str, value: str, expected: str) -> None:
        with pytest.raises(SettingsError, match=f"^TASKYARD_S3_{name}={value}: .*{expected}"):
            bucket_of(settings_of(**{**texts, f"TASKYARD_S3_{name}": value}))

    async def test_a_bucket_of_another_ends_the_start(self, texts: dict[str, str]) -> None:
        settings = settings_of(**texts)
        for owner in ("we", "we"):
            await claim_bucket(settings, attachment_files(settings, partial(named, owner)))
        with pytest.raises(StartError, match="holds the files of another Taskyard"):
            await claim_bucket(settings, attachment_files(settings, partial(named, "they")))

    async def test_a_bucket_that_is_away_is_said(
        self, texts: dict[str, str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, value in (("BUCKET", "nowhere-at-all"), ("ENDPOINT", "http://127.0.0.1:1")):
            settings = settings_of(**{**texts, f"TASKYARD_S3_{name}": value})
            await claim_bucket(settings, attachment_files(settings, partial(named, "we")))

        first, second = capsys.readouterr().err.splitlines()
        assert "NoSuchBucket" in first
        assert ("cannot be used" in first, "cannot be used" in second) == (True, True)

    async def test_who_was_restored_is_another(self, databases: dict[str, Database]) -> None:
        process: Any = SimpleNamespace(database=databases.__getitem__, keys={"task": Keys(b"k" * 32)})
        other: Any = SimpleNamespace(database=databases.__getitem__, keys={"task": Keys(b"o" * 32)})
        before, again, theirs = await find_owner(process), await find_owner(process), await find_owner(other)
        await databases["owner"].execute("UPDATE log.head SET epoch = epoch + 1")
        after = await find_owner(process)
        await databases["owner"].execute("UPDATE log.head SET epoch = epoch - 1")

        assert before == again
        assert len({before, theirs, after}) == 3

    async def test_a_folder_is_nobodys_to_claim(self) -> None:
        settings = settings_of()
        await claim_bucket(settings, attachment_files(settings, nobody))


async def named(owner: str) -> str:
    return owner
