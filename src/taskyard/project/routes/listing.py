"""How every list of this service is asked for: ``limit`` and ``cursor``, keyset by one id."""

from typing import Annotated, Any

from litestar import Request
from litestar.params import Dependency, Parameter

from taskyard.contracts.people import People
from taskyard.kit.cursors import CursorSigner

Context = Request[Any, Any, Any]
KnownPeople = Annotated[People, Dependency(skip_validation=True)]
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many items at most")]
Cursor = Annotated[str | None, Parameter(description="The next_cursor of the page before")]


def place_after(cursors: CursorSigner, listing: str, cursor: str | None) -> str | None:
    """The id after which the page starts; None for the first page. Raises InvalidInput."""
    if cursor is None:
        return None
    after: str = cursors.open(listing, cursor)[0]
    return after
