"""Tasks that are parts of a task: to any depth, in one project, and never in a circle."""

from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.errors import CircularTasks
from taskyard.task.models.tasks import Task
from taskyard.task.queries import graph as queries


async def require_parent(tx: Transaction, task: Task, parent_id: str) -> None:
    """Only a task of the same project can be the parent, and none that is a part of the task itself.

    Nobody changes the graph until the transaction ends. Raises InvalidInput or CircularTasks.
    """
    await queries.share_graph(tx, task.workspace_id)
    line = await queries.list_line(tx, task, parent_id)
    if not line:
        raise invalid("/parent_id", "The project has no such task, or it is archived.")
    if line[-1][0] == task.id:
        keys = [task.key, *(key for _, key in line)]
        raise CircularTasks("One would be part of itself: " + " → ".join(keys))


async def list_children(
    database: Database,
    cursors: CursorSigner,
    caller: Principal,
    asked: tuple[str, bool],
    page: tuple[int, str | None],
) -> Page[Task]:
    """A page of the parts of a task, by number; ``asked`` is the task, and whether archived parts are listed too.

    ``page`` is its length and the cursor it follows. Empty also for a task that is not visible; who asks tells the
    two apart.
    """
    limit, cursor = page
    task_id, with_archived = asked
    listing = f"children of {task_id}" + (", archived ones too" if with_archived else "")
    after = 0 if cursor is None else int(cursors.open(listing, cursor)[0])
    rows = await queries.list_children(database, caller, asked, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.number])
