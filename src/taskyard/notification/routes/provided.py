"""What every route of this service is given, and how its lists are asked for."""

from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation

from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.outbound import Boundary
from taskyard.kit.principal import Principal
from taskyard.kit.sealing import Sealer
from taskyard.notification.streams import EventHub

Call = Request[Any, Any, Any]
Caller = NamedDependency[Principal]
Store = NamedDependency[Database]
Cursors = NamedDependency[CursorSigner]
Hub = NamedDependency[SkipValidation[EventHub]]
Seals = NamedDependency[SkipValidation[Sealer]]
Reach = NamedDependency[SkipValidation[Boundary]]
PathId = FromPath[str]
QueryId = Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items at most")]
Cursor = Annotated[str | None, QueryParameter(description="The next_cursor of the page before")]
Types = Annotated[list[str] | None, QueryParameter(name="type", description="Event types; repeat it for several")]
