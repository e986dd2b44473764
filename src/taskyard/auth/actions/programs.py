"""Whose the keys of service accounts are to make: theirs who manage the members of the workspace."""

from taskyard.auth.models import KeyOwner
from taskyard.auth.permissions import require_managing
from taskyard.auth.queries.programs import find_standing
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound


async def find_owner(db: Statements, caller: Principal, account_id: str, *, giving: bool = False) -> KeyOwner:
    """A service account as an owner of keys; ``giving`` them takes all it may. Raises NotFound, PermissionDenied."""
    standing = await find_standing(db, account_id, caller.access_id) if is_id(account_id) else None
    if standing is None:
        raise NotFound
    require_managing(caller, standing.held, standing.allowed if giving else None)
    return KeyOwner(account_id, "service_account", standing.workspace_id)
