"""Who may do what with tasks and comments: pure questions over permission bits that statements read."""

from taskyard.contracts.access import Permission, holds
from taskyard.kit.problems import NotFound, PermissionDenied, invalid
from taskyard.task.errors import (
    AttachmentNotFound,
    CommentNotFound,
    GrantNotFound,
    ProjectArchived,
    ProjectNotFound,
    RecurrenceNotFound,
    RelationNotFound,
    TaskArchived,
    TaskNotFound,
    TimeEntryNotFound,
    TransitionNotAllowed,
)
from taskyard.task.models.anchors import Anchor, Archived, Footing, Site
from taskyard.task.models.attachments import Attachment, LockedAttachment
from taskyard.task.models.comments import LockedComment, Standing, Thread
from taskyard.task.models.grants import LockedGrant
from taskyard.task.models.moves import Move
from taskyard.task.models.recurrences import LockedRecurrence, Recurrence
from taskyard.task.models.relations import Ends, FoundRelation, Related, Relation
from taskyard.task.models.tasks import ChangeableTask, Place, Task
from taskyard.task.models.time_entries import LockedEntry, TimeEntry

_PLACE = ("parent_id", "milestone_id", "iteration_id")
"""Where a task belongs in its project: not for who was given the task alone."""
_WHAT = {
    Permission.PROJECT_EDIT: "run this project",
    Permission.PROJECT_MEMBERS: "say who works in this project",
    Permission.TASK_CREATE: "create tasks in this project",
    Permission.TASK_EDIT: "change tasks in this project",
    Permission.TASK_DELETE: "delete tasks in this project",
    Permission.COMMENT_CREATE: "comment in this project",
}


def require_place(place: Place | None) -> Place:
    """The place of a new task. Raises ProjectNotFound, PermissionDenied or ProjectArchived."""
    place = require_still_creating(place)
    if place.is_archived:
        raise ProjectArchived
    return place


def require_still_creating(place: Place | None) -> Place:
    """The same for a stored answer: what was created before the project was archived is shown again."""
    if place is None or not holds(place.permissions, Permission.PROJECT_VIEW):
        raise ProjectNotFound
    _require(place.permissions, Permission.TASK_CREATE)
    return place


def require_task(found: ChangeableTask | None, needed: Permission) -> ChangeableTask:
    """The task, in the trash or not. Raises TaskNotFound, PermissionDenied or ProjectArchived."""
    if found is None or not holds(found.permissions, Permission.PROJECT_VIEW):
        raise TaskNotFound
    _require(found.permissions, needed)
    if found.is_archived:
        raise ProjectArchived
    return found


def require_open_task(found: ChangeableTask | None, needed: Permission) -> ChangeableTask:
    """The task, to be changed: not in the trash and not archived.

    Raises what require_task raises, TaskNotFound in the trash, or TaskArchived.
    """
    found = require_task(found, needed)
    if found.is_deleted:
        raise TaskNotFound
    if found.task.archived_at is not None:
        raise TaskArchived
    return found


def require_by_project(found: ChangeableTask) -> ChangeableTask:
    """Refuse what concerns other tasks of the project too to who was given this one alone. Raises PermissionDenied."""
    if found.by_grant:
        raise PermissionDenied("You were given this task, not its place among others.")
    return found


def require_place_kept(found: ChangeableTask, wanted: Task) -> None:
    """The same for a change that puts a task elsewhere in its project. Raises PermissionDenied."""
    if any(getattr(found.task, name) != getattr(wanted, name) for name in _PLACE):
        require_by_project(found)


def require_within(held: int, given: Permission) -> None:
    """Refuse to give more than one holds oneself. Raises PermissionDenied."""
    if given & ~held:
        raise PermissionDenied("That level allows more than you may do with this task.")


def require_grant(found: LockedGrant | None, needed: Permission) -> LockedGrant:
    """What somebody was given of a task that the caller sees. Raises GrantNotFound or PermissionDenied."""
    if found is None or not holds(found.footing.permissions, Permission.PROJECT_VIEW):
        raise GrantNotFound
    _require(found.footing.permissions, needed)
    return found


def require_held(permissions: int | None, needed: Permission) -> None:
    """Whether a stored answer may be given again. Raises TaskNotFound or PermissionDenied."""
    if permissions is None or not holds(permissions, Permission.PROJECT_VIEW):
        raise TaskNotFound
    _require(permissions, needed)


def require_transition(move: Move, source: str | None, target: str) -> None:
    """Refuse a way the workflow does not have; ``source`` is None for a new task.

    Raises TransitionNotAllowed, or PermissionDenied where it is for other roles.
    """
    if not move.is_governed:
        return
    way = f"start in {target}" if source is None else f"go from {source} to {target}"
    if not move.is_listed:
        raise TransitionNotAllowed(f"The workflow does not let a task {way}.")
    if not move.is_permitted:
        raise PermissionDenied(f"Your roles do not let a task {way}.")


def require_thread(thread: Thread | None) -> Thread:
    """The place of a new comment. Raises TaskNotFound, PermissionDenied or ProjectArchived."""
    if thread is None or not holds(thread.permissions, Permission.PROJECT_VIEW):
        raise TaskNotFound
    _require(thread.permissions, Permission.COMMENT_CREATE)
    _require_unarchived(thread.archived)
    return thread


def require_anchor(anchor: Anchor | None, needed: Permission) -> Anchor:
    """A task that something is to hang on. Raises TaskNotFound, PermissionDenied or ProjectArchived."""
    if anchor is None:
        raise TaskNotFound
    require_footing(anchor.footing, needed, TaskNotFound)
    return anchor


def require_footing(footing: Footing, needed: Permission, missing: type[NotFound]) -> None:
    """Whether what hangs on a task may be changed. Raises ``missing``, PermissionDenied or ProjectArchived."""
    if not holds(footing.permissions, Permission.PROJECT_VIEW):
        raise missing
    _require(footing.permissions, needed)
    _require_unarchived(footing.archived)


def require_may_change_entry(found: LockedEntry | None, caller_id: str) -> TimeEntry:
    """An entry of one's own, or anybody's for who runs the project.

    Raises TimeEntryNotFound, PermissionDenied or ProjectArchived.
    """
    if found is None:
        raise TimeEntryNotFound
    require_footing(found.footing, Permission.TASK_EDIT, TimeEntryNotFound)
    if found.entry.person_id != caller_id and not holds(found.footing.permissions, Permission.PROJECT_EDIT):
        raise PermissionDenied("Only its person may do that to a time entry.")
    return found.entry


def require_removable_attachment(found: LockedAttachment | None) -> Attachment:
    """Who may change a task takes files off it. Raises AttachmentNotFound, PermissionDenied or ProjectArchived."""
    if found is None:
        raise AttachmentNotFound
    require_footing(found.footing, Permission.TASK_EDIT, AttachmentNotFound)
    return found.attachment


def require_site(site: Site | None, *needed: Permission) -> Site:
    """A project that something is to be made in. Raises ProjectNotFound, PermissionDenied or ProjectArchived."""
    if site is None or not holds(site.footing.permissions, Permission.PROJECT_VIEW):
        raise ProjectNotFound
    for permission in needed:
        _require(site.footing.permissions, permission)
    _require_unarchived(site.footing.archived)
    return site


def require_may_change_recurrence(found: LockedRecurrence | None, caller_id: str) -> Recurrence:
    """A recurrence of one's own, or anybody's for who runs the project: it works with its maker's rights.

    Raises RecurrenceNotFound, PermissionDenied or ProjectArchived.
    """
    if found is None:
        raise RecurrenceNotFound
    require_footing(found.footing, Permission.TASK_CREATE, RecurrenceNotFound)
    if found.recurrence.created_by != caller_id and not holds(found.footing.permissions, Permission.PROJECT_EDIT):
        raise PermissionDenied("Only its maker may do that to a recurrence.")
    return found.recurrence


def require_ends(ends: Ends | None) -> tuple[Ends, Related]:
    """Both ends of a new relation, and what the other is.

    Raises TaskNotFound, PermissionDenied, ProjectArchived or InvalidInput.
    """
    if ends is None or not holds(ends.permissions, Permission.PROJECT_VIEW):
        raise TaskNotFound
    _require(ends.permissions, Permission.TASK_EDIT)
    _require_unarchived(ends.archived)
    if ends.target is None:
        raise invalid("/target_id", "There is no such task in the workspace that you can see.")
    return ends, ends.target


def require_relation(found: FoundRelation | None) -> FoundRelation:
    """A relation that the caller sees. Raises RelationNotFound."""
    if found is None or not holds(found.permissions, Permission.PROJECT_VIEW):
        raise RelationNotFound
    return found


def require_editable_relation(found: FoundRelation | None) -> Relation:
    """A relation to be ended. Raises what require_relation raises, PermissionDenied or ProjectArchived."""
    found = require_relation(found)
    _require(found.permissions, Permission.TASK_EDIT)
    _require_unarchived(found.archived)
    return found.relation


def require_editable_comment(found: LockedComment | None, caller_id: str) -> LockedComment:
    """The locked comment, to be changed. Raises what require_author raises, or ProjectArchived."""
    found = _present(found)
    require_author(found.standing, caller_id)
    return _unarchived(found)


def require_removable_comment(found: LockedComment | None, caller_id: str) -> LockedComment:
    """The locked comment, to be deleted. Raises what require_may_remove raises, or ProjectArchived."""
    found = _present(found)
    require_may_remove(found.standing, caller_id)
    return _unarchived(found)


def require_author(standing: Standing | None, caller_id: str) -> None:
    """Nobody puts words into another's mouth. Raises CommentNotFound or PermissionDenied."""
    standing = _visible(standing)
    _require(standing.permissions, Permission.COMMENT_CREATE)
    if standing.author_id != caller_id:
        raise PermissionDenied("Only its author may do that to a comment.")


def require_may_remove(standing: Standing | None, caller_id: str) -> None:
    """Who runs a project may also delete what others wrote there. Raises CommentNotFound or PermissionDenied."""
    standing = _visible(standing)
    if not holds(standing.permissions, Permission.PROJECT_EDIT):
        require_author(standing, caller_id)


def _visible(standing: Standing | None) -> Standing:
    if standing is None or not holds(standing.permissions, Permission.PROJECT_VIEW):
        raise CommentNotFound
    return standing


def _present(found: LockedComment | None) -> LockedComment:
    if found is None:
        raise CommentNotFound
    return found


def _unarchived(found: LockedComment) -> LockedComment:
    _require_unarchived(found.archived)
    return found


def _require_unarchived(archived: Archived | None) -> None:
    if archived is not None:
        raise ProjectArchived if archived == "project" else TaskArchived


def _require(permissions: int, needed: Permission) -> None:
    if not holds(permissions, needed):
        raise PermissionDenied(f"You may not {_WHAT[needed]}.")
