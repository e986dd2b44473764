"""What every route of this service is given, and how its lists are asked for."""

from typing import Annotated, Any, Literal

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from taskyard.contracts.people import People
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.principal import Principal
from taskyard.task.queries.known_tasks import KnownTasks

Call = Request[Any, Any, Any]
Caller = NamedDependency[Principal]
Store = NamedDependency[Database]
Cursors = NamedDependency[CursorSigner]
Known = NamedDependency[SkipValidation[KnownTasks]]
KnownPeople = NamedDependency[SkipValidation[People]]
QueryId = Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="The length of a page.")]
Expand = Annotated[
    Literal["html"] | None, QueryParameter(description="`html` adds the Markdown as HTML that is safe to show.")
]
Workspace = Annotated[str | None, QueryParameter(description="The workspace's slug, for a task named by its key.")]
