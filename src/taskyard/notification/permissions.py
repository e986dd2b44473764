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


def narrowed(project_ids: frozenset[str] | None, asked: list[str] | None) -> frozenset[str] | None:
    """The projects a request is about: those of the credential, and of them the ones asked for."""
    if asked is None:
        return project_ids
    return frozenset(asked) if project_ids is None else project_ids & frozenset(asked)


def _require(caller: Principal, scope: str) -> None:
    if caller.kind == "service":
        raise PermissionDenied("Notifications and events are for people and their credentials.")
    require_scope(caller, scope)
