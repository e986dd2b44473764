"""The HTTP door of the task service, one file per noun."""

from litestar.types import ControllerRouterHandler

from taskyard.task.routes import comments, relations, subtasks, tasks, watches

HANDLERS: list[ControllerRouterHandler] = [
    *tasks.HANDLERS,
    *subtasks.HANDLERS,
    *relations.HANDLERS,
    *comments.HANDLERS,
    *watches.HANDLERS,
]
