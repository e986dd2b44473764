"""The rule of whom a change may name, as an assignee or in a comment."""

from taskyard.kit.database import Transaction
from taskyard.task.models.comments import Comment
from taskyard.task.models.tasks import Task
from taskyard.task.queries import outsiders as queries


async def list_new_outsiders(
    tx: Transaction, named_in: Task | Comment, before: list[str], after: list[str]
) -> list[str]:
    """Those whom a change adds and who do not see the project; who was named before may stay although they lost it."""
    added = [person_id for person_id in after if person_id not in before]
    return await queries.list_outsiders(tx, named_in, added) if added else []
