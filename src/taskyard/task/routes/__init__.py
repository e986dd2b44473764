"""The HTTP door of the task service, one file per noun."""

from litestar.types import ControllerRouterHandler

from taskyard.task.routes import (
    attachments,
    batches,
    boards,
    checklists,
    comments,
    duplicates,
    exports,
    history,
    imports,
    reactions,
    recurrences,
    relations,
    reminders,
    reports,
    search,
    subtasks,
    tasks,
    time_entries,
    timers,
    watches,
)

HANDLERS: list[ControllerRouterHandler] = [
    *tasks.HANDLERS,
    *batches.HANDLERS,
    *boards.HANDLERS,
    *duplicates.HANDLERS,
    *subtasks.HANDLERS,
    *relations.HANDLERS,
    *checklists.HANDLERS,
    *comments.HANDLERS,
    *reactions.HANDLERS,
    *attachments.HANDLERS,
    *watches.HANDLERS,
    *search.HANDLERS,
    *time_entries.HANDLERS,
    *timers.HANDLERS,
    *reminders.HANDLERS,
    *recurrences.HANDLERS,
    *history.HANDLERS,
    *exports.HANDLERS,
    *imports.HANDLERS,
    *reports.HANDLERS,
]
