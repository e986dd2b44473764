"""Files are kept in a folder only where every process sees it."""

from typing import Any

import pytest

from taskyard.composition.attachments import check_attachments, is_here, keeps_attachments
from taskyard.composition.services import attachment_shelf
from taskyard.kit.settings import Settings, SettingsError, parse_settings

ELSEWHERE = {"TASKYARD_TASK_URL": "http://task-service:3002"}
DATABASE_ELSEWHERE = {"TASKYARD_DATABASE_URL": "postgresql://owner@db.example/taskyard"}


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
    assert (attachment_shelf(settings).files is not None) is kept


def test_a_folder_that_not_all_can_see_is_refused() -> None:
    settings = settings_of(**ELSEWHERE, TASKYARD_ATTACHMENTS="on")
    for act in (check_attachments, keeps_attachments, attachment_shelf):
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
    shelf = attachment_shelf(settings_of(TASKYARD_ATTACHMENT_MEGABYTES="2", TASKYARD_ATTACHMENTS_MEGABYTES="3"))
    assert (shelf.most, shelf.quota) == (2 * 1024 * 1024, 3 * 1024 * 1024)
