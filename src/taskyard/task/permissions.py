"""Who may do what with tasks: pure questions over permission bits that statements read."""

from taskyard.contracts.access import Permission
from taskyard.kit.problems import PermissionDenied
from taskyard.task.errors import ProjectArchived, ProjectNotFound, TaskNotFound
from taskyard.task.models import ChangeableTask, Place

_WHAT = {
    Permission.TASK_CREATE: "create tasks in this project",
    Permission.TASK_EDIT: "change tasks in this project",
    Permission.TASK_DELETE: "delete tasks in this project",
}


def require_place(place: Place | None) -> Place:
    """The place of a new task. Raises ProjectNotFound, PermissionDenied or ProjectArchived."""
    place = require_still_creating(place)
    if place.is_archived:
        raise ProjectArchived
    return place


def require_still_creating(place: Place | None) -> Place:
    """The same for a stored answer: what was created before the project was archived is shown again."""
    if place is None or not place.permissions & Permission.PROJECT_VIEW:
        raise ProjectNotFound
    _require(place.permissions, Permission.TASK_CREATE)
    return place


def require_task(found: ChangeableTask | None, needed: Permission) -> ChangeableTask:
    """The task, in the trash or not. Raises TaskNotFound, PermissionDenied or ProjectArchived."""
    if found is None or not found.permissions & Permission.PROJECT_VIEW:
        raise TaskNotFound
    _require(found.permissions, needed)
    if found.is_archived:
        raise ProjectArchived
    return found


def require_held(permissions: int | None, needed: Permission) -> None:
    """Whether a stored answer may be given again. Raises TaskNotFound or PermissionDenied."""
    if permissions is None or not permissions & Permission.PROJECT_VIEW:
        raise TaskNotFound
    _require(permissions, needed)


def _require(permissions: int, needed: Permission) -> None:
    if not permissions & needed:
        raise PermissionDenied(f"You may not {_WHAT[needed]}.")
