"""Who may read and mark notifications and events. Which rows those are, the statements decide."""

from taskyard.kit.principal import Principal, require_scope
from taskyard.kit.problems import PermissionDenied


def require_reading_notifications(caller: Principal) -> None:
    """Refuse a credential that may not read notifications."""
    _require(caller, "notifications:read")


def require_marking_notifications(caller: Principal) -> None:
    """Refuse a credential that may not mark notifications as read."""
    _require(caller, "notifications:write")


def require_reading_events(caller: Principal) -> None:
    """Refuse a credential that may not read the change log."""
    _require(caller, "events:read")


def narrowed(project_ids: frozenset[str] | None, project_id: str | None) -> frozenset[str] | None:
    """The projects a request is about: those of the credential, and of them the one asked for."""
    if project_id is None:
        return project_ids
    asked = frozenset({project_id})
    return asked if project_ids is None else asked & project_ids


def _require(caller: Principal, scope: str) -> None:
    if caller.kind == "service":
        raise PermissionDenied("Notifications and events are for people and their credentials.")
    require_scope(caller, scope)
