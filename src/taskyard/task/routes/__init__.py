"""The HTTP door of the task service, one file per noun."""

from litestar.types import ControllerRouterHandler

from taskyard.task.routes import comments, tasks, watches

HANDLERS: list[ControllerRouterHandler] = [*tasks.HANDLERS, *comments.HANDLERS, *watches.HANDLERS]
