"""The HTTP door of the task service."""

from litestar.types import ControllerRouterHandler

from taskyard.task.routes.comments import HANDLERS as COMMENTS
from taskyard.task.routes.tasks import HANDLERS as TASKS
from taskyard.task.routes.watches import HANDLERS as WATCHES

HANDLERS: list[ControllerRouterHandler] = [*TASKS, *COMMENTS, *WATCHES]
