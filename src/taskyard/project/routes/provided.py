"""What every route of this service is given, and how its lists are asked for."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation

from taskyard.contracts.people import People
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.principal import Principal

Call = Request[Any, Any, Any]
Caller = NamedDependency[Principal]
Store = NamedDependency[Database]
Cursors = NamedDependency[CursorSigner]
KnownPeople = NamedDependency[SkipValidation[People]]
Revocations = NamedDependency[SkipValidation[Callable[[], None]]]
PathId = FromPath[str]
QueryId = Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items at most")]
Cursor = Annotated[str | None, QueryParameter(description="The next_cursor of the page before")]
