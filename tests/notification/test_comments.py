"""Who is told of a comment: the mentioned, and whoever else takes part in the task."""

from typing import Any

import msgspec
import pytest

from taskyard.contracts.task import COMMENT_CREATED, COMMENT_UPDATED, CommentSnapshot
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Cause, Database, Origin
from taskyard.kit.ids import new_id
from tests.notification.company import AT, Company
from tests.notification.door import Door


class Discussion:
    """A task of the boss, given to the colleague, and what is said about it, written as the task service would."""

    origin: Origin = "api"

    def __init__(self, company: Company, databases: dict[str, Database], task_id: str) -> None:
        self.company, self.databases, self.task_id = company, databases, task_id

    async def say(self, author_id: str, *mentioned_ids: str) -> CommentSnapshot:
        """A new comment, with its row."""
        company = self.company
        places = (new_id(), company.workspace, company.project, self.task_id)
        comment = CommentSnapshot(*places, author_id, None, "So", list(mentioned_ids), AT, AT, None, 1)
        await self.databases["owner"].execute(
            """
            INSERT INTO task.comments (workspace_id, id, task_id, author_id, body, created_at, updated_at)
            VALUES ($1, $2, $3, $4, 'So', $5, $5)
            """,
            company.workspace,
            comment.id,
            self.task_id,
            author_id,
            AT,
        )
        await self.tell(COMMENT_CREATED, comment)
        return comment

    async def tell(self, kind: str, after: CommentSnapshot, before: CommentSnapshot | None = None) -> None:
        """The event of a comment, placed and listened to."""
        change = Change(
            type=kind,
            resource_id=after.id,
            version=after.version,
            data=after,
            changes={} if before is None else changed_fields(before, after),
            workspace_id=after.workspace_id,
            project_id=after.project_id,
        )
        cause = Cause(actor_id=after.author_id, origin=self.origin, request_id="r")
        async with self.databases["task"].transaction(cause) as tx:
            await announce(tx, change)
        await self.company.listen()


@pytest.fixture
async def discussion(company: Company, databases: dict[str, Database]) -> Discussion:
    return Discussion(company, databases, await company.add_task(company.colleague))


async def told(door: Door, person_id: str) -> list[tuple[str, str]]:
    """What somebody was told and by whose act, in order."""
    items: list[dict[str, Any]] = await door.items(person_id, "/notifications")
    return [(item["reason"], item["comment_id"]) for item in reversed(items)]


async def test_comments_from_elsewhere_are_no_news(company: Company, door: Door, discussion: Discussion) -> None:
    discussion.origin = "import"
    await discussion.say(company.guest, company.colleague)
    assert [await told(door, person) for person in (company.boss, company.colleague)] == [[], []]


async def test_creator_assignees_and_earlier_commenters_are_told(
    company: Company, door: Door, discussion: Discussion
) -> None:
    first = await discussion.say(company.guest)
    second = await discussion.say(company.colleague)

    assert await told(door, company.boss) == [("commented", first.id), ("commented", second.id)]
    assert await told(door, company.colleague) == [("commented", first.id)]
    assert await told(door, company.guest) == [("commented", second.id)]
    [item, _] = await door.items(company.boss, "/notifications")
    assert (item["task_id"], item["actor_id"]) == (discussion.task_id, company.colleague)


async def test_mentioned_is_told_that_and_nothing_else(company: Company, door: Door, discussion: Discussion) -> None:
    comment = await discussion.say(company.boss, company.colleague, company.guest, company.boss)

    assert await told(door, company.colleague) == [("mentioned", comment.id)]
    assert await told(door, company.guest) == [("mentioned", comment.id)]
    assert await told(door, company.boss) == []


async def test_edit_tells_only_who_is_mentioned_anew(company: Company, door: Door, discussion: Discussion) -> None:
    before = await discussion.say(company.boss, company.colleague)
    ids = [company.colleague, company.guest]
    mentioning = msgspec.structs.replace(before, body="So, guest?", mentioned_ids=ids, version=2)
    await discussion.tell(COMMENT_UPDATED, mentioning, before)
    await discussion.tell(COMMENT_UPDATED, msgspec.structs.replace(mentioning, body="Well", version=3), mentioning)

    assert await told(door, company.guest) == [("mentioned", before.id)]
    assert await told(door, company.colleague) == [("mentioned", before.id)]


async def test_who_does_not_see_the_project_is_told_nothing(
    company: Company, discussion: Discussion, databases: dict[str, Database]
) -> None:
    await discussion.say(company.guest)
    await company.remove(company.guest)
    await discussion.say(company.boss, company.guest, company.stranger)
    await discussion.say(company.colleague)

    statement = "SELECT count(*) FROM notification.notifications WHERE person_id = ANY($1::uuid[])"
    assert await databases["owner"].fetch_value(statement, [company.guest, company.stranger]) == 0


async def test_comment_on_a_task_that_is_in_the_trash_by_now_tells_nobody_who_takes_part(
    company: Company, door: Door, discussion: Discussion, databases: dict[str, Database]
) -> None:
    first = await discussion.say(company.guest)
    statement = "UPDATE task.tasks SET deleted_at = $2 WHERE id = $1"
    await databases["owner"].execute(statement, discussion.task_id, AT)
    await discussion.say(company.colleague)

    assert await told(door, company.guest) == []
    assert await told(door, company.boss) == [("commented", first.id)]


async def test_telling_is_once_however_often_the_consumer_runs(
    company: Company, door: Door, discussion: Discussion
) -> None:
    comment = await discussion.say(company.boss, company.guest)
    await company.rewind()
    await company.listen()

    assert await told(door, company.guest) == [("mentioned", comment.id)]
    assert await told(door, company.colleague) == [("commented", comment.id)]
    assert len(await door.items(company.guest, "/events?type=notification.created.v1")) == 1


async def test_comment_is_in_the_log_for_who_sees_the_project(
    company: Company, door: Door, discussion: Discussion
) -> None:
    comment = await discussion.say(company.boss)
    query = f"/events?type=comment.created.v1&project_id={company.project}"

    [event] = await door.items(company.guest, query)
    assert (event["resource_id"], event["data"]["body"]) == (comment.id, "So")
    assert await door.items(company.stranger, query) == []
