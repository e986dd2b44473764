"""The event door of the task service: what changes of tasks and comments mean for searching."""

from taskyard.contracts.task import (
    COMMENT_CREATED,
    COMMENT_DELETED,
    COMMENT_UPDATED,
    TASK_CREATED,
    TASK_DELETED,
    TASK_RESTORED,
    TASK_TRANSITIONED,
    TASK_UPDATED,
)
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.task.queries import search_index

_TYPES = frozenset(
    {
        TASK_CREATED,
        TASK_UPDATED,
        TASK_TRANSITIONED,
        TASK_DELETED,
        TASK_RESTORED,
        COMMENT_CREATED,
        COMMENT_UPDATED,
        COMMENT_DELETED,
    }
)
_SEARCHED = frozenset({"title", "description", "project_id"})
"""The fields of a task whose change changes what finds it."""


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs; their names keep their places in the log."""
    return [Consumer(name=search_index.CONSUMER, handle=index_for_search, types=_TYPES)]


async def index_for_search(tx: Transaction, event: Event) -> None:
    """Keep the index of words. An event only says where to look: what is taken in is what is there by now."""
    if event.type == TASK_DELETED and event.workspace_id is not None:
        await search_index.forget_task(tx, event.workspace_id, event.resource_id)
    elif event.type == COMMENT_DELETED and event.workspace_id is not None:
        await search_index.forget_comment(tx, event.workspace_id, event.resource_id)
    elif event.type in {COMMENT_CREATED, COMMENT_UPDATED}:
        await search_index.index_comment(tx, event.resource_id)
    elif event.type in {TASK_CREATED, TASK_RESTORED} or _SEARCHED & event.changes.keys():
        await search_index.index_tasks(tx, [event.resource_id])
        if event.type == TASK_RESTORED:
            await search_index.index_comments_of_task(tx, event.resource_id)
