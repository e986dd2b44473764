"""How the task service says no, beyond the refusals every service has."""

from taskyard.kit.problems import Conflict, NotFound, Unavailable


class TaskNotFound(NotFound):
    """There is no such task that you can see."""


class CommentNotFound(NotFound):
    """There is no such comment that you can see."""


class ProjectNotFound(NotFound):
    """There is no such project that you can see."""


class IterationNotFound(NotFound):
    """There is no such iteration that you can see."""


class WorkspaceNotFound(NotFound):
    """There is no such workspace that you can see."""


class ExportNotFound(NotFound):
    """There is no such export of yours."""


class ExportRunning(Conflict):
    """You are exporting this workspace already; wait for that export, or until it expires."""


class ExportNotDone(Conflict):
    """The export is not done yet."""


class JobNotFound(NotFound):
    """There is no such job of yours."""


class JobOver(Conflict):
    """The job is over."""


class JobUnderWay(Conflict):
    """The request is still being carried out by a job; wait for it, or cancel it."""


class TooManyJobs(Conflict):
    """You have as many jobs under way as you can have."""


class TooManyTasks(Conflict):
    """One job works on at most so many tasks."""


class ImportNotFound(NotFound):
    """There is no such import of yours."""


class ProjectArchived(Conflict):
    """The project is archived; unarchive it before changing anything in it."""


class TaskArchived(Conflict):
    """The task is archived; unarchive it before changing it or anything that hangs on it."""


class OpenSubtasks(Conflict):
    """A task cannot be closed while a part of it is open."""


class CircularTasks(Conflict):
    """The tasks would form a circle."""


class RelationNotFound(NotFound):
    """There is no such relation that you can see."""


class RelationExists(Conflict):
    """The tasks are related in this way already."""


class ChecklistItemNotFound(NotFound):
    """There is no such item on the checklist of a task that you can see."""


class ChecklistFull(Conflict):
    """The checklist has as many items as it can have."""


class TooManyReactions(Conflict):
    """Nobody reacts to a comment in more ways."""


class ChangeNotFound(NotFound):
    """There is no such change of a task that you can see."""


class ChangeNotRevertible(Conflict):
    """A change of this kind cannot be undone."""


class ChangeMovedOn(Conflict):
    """What was changed has been changed again since."""


class TimeEntryNotFound(NotFound):
    """There is no such time entry that you can see."""


class TimerRunning(Conflict):
    """Your timer runs already; stop it before you start another."""


class NoTimerRunning(Conflict):
    """None of your timers runs."""


class AttachmentNotFound(NotFound):
    """There is no such attachment of a task that you can see."""


class AttachmentFileMissing(NotFound):
    """What was in the attachment is not there any more: it is older or newer than the backup that was restored."""


class AttachmentQuotaReached(Conflict):
    """The workspace keeps as much in attachments as it may."""


class AttachmentsOff(Conflict):
    """Attachments are switched off here."""


class AttachmentsUnavailable(Unavailable):
    """The files of tasks cannot be kept or fetched at the moment; try again shortly."""


class GrantNotFound(NotFound):
    """The task is not shared with this person."""


class AlreadyShared(Conflict):
    """The task is shared with this person already."""


class TooManyGrants(Conflict):
    """The task is shared with as many people as it can be."""


class ReminderNotFound(NotFound):
    """There is no such reminder of yours that was not told yet."""


class ReminderExists(Conflict):
    """You are reminded at that instant already."""


class TooManyReminders(Conflict):
    """You have as many reminders of this task ahead as you can have."""


class RecurrenceNotFound(NotFound):
    """There is no such recurrence that you can see."""


class RecurrenceOver(Conflict):
    """The recurrence has no further days."""


class TooManyRecurrences(Conflict):
    """The project has as many recurrences as it can have."""


class ViewNotFound(NotFound):
    """There is no such view that you can see."""


class TooManyViews(Conflict):
    """You have as many views as you can have."""


class TaskNotInTrash(Conflict):
    """The task is not in the trash."""


class TransitionNotAllowed(Conflict):
    """The workflow of the project does not let the task go there."""


class WipLimitReached(Conflict):
    """The state holds as many tasks as it may."""
