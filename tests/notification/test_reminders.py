"""Who is reminded: whoever wanted it, if they still see the task, and the way they want it."""

import pytest

from taskyard.contracts.task import REMINDER_TOLD
from taskyard.kit.ids import new_id
from tests.notification.company import Company, Reminder
from tests.notification.door import Door


async def remind(company: Company, person_id: str, project_id: str = "") -> str:
    """Let the time of a reminder come; the task it is of."""
    reminder = Reminder(new_id(), new_id(), person_id)
    await company.announce(
        REMINDER_TOLD, task=reminder, project_id=project_id or company.project, audience_id=person_id
    )
    await company.listen()
    return reminder.task_id


async def test_somebody_is_told_of_the_task_once(company: Company, door: Door) -> None:
    task_id = await remind(company, company.guest)
    await company.rewind()
    await company.listen()
    [item] = await door.items(company.guest, "/notifications")
    assert (item["reason"], item["task_id"], item["comment_id"]) == ("reminder", task_id, None)
    assert await door.items(company.colleague, "/notifications") == []


@pytest.mark.parametrize("who", ["stranger", "guest"])
async def test_who_does_not_see_the_project_is_not(company: Company, door: Door, who: str) -> None:
    await remind(company, getattr(company, who), company.secret_project)
    assert await door.items(getattr(company, who), "/notifications") == []


async def test_preferences_decide_how(company: Company, door: Door) -> None:
    off = {"reasons": {"reminder": {"inbox": "off", "mail": "off"}}}
    changed = await door.send(company.guest, "PATCH", "/notification-preferences", off)
    assert changed.json()["reasons"]["reminder"] == off["reasons"]["reminder"]
    await remind(company, company.guest)
    assert await door.items(company.guest, "/notifications") == []
