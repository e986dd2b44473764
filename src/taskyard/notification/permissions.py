"""Who may read and mark notifications and events. Which rows those are, the statements decide."""

from taskyard.contracts.access import Permission, holds
from taskyard.kit.principal import Principal, require_scope
from taskyard.kit.problems import NotFound, PermissionDenied


def require_reading_notifications(caller: Principal) -> None:
    """Refuse a credential that may not read notifications."""
    _require(caller, "notifications:read")


def require_marking_notifications(caller: Principal) -> None:
    """Refuse a credential that may not mark notifications as read."""
    _require(caller, "notifications:write")


def require_reading_events(caller: Principal) -> None:
    """Refuse a credential that may not read the change log."""
    _require(caller, "events:read")


def require_reading_webhooks(caller: Principal) -> None:
    """Refuse a credential that may not read webhooks."""
    _require(caller, "webhooks:read")


def require_changing_webhooks(caller: Principal) -> None:
    """Refuse a credential that may not change webhooks."""
    _require(caller, "webhooks:write")


def require_whole_workspaces(caller: Principal) -> None:
    """Refuse a credential that is limited to projects."""
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot manage a workspace's webhooks.")


def require_managing_webhooks(caller: Principal, held: int) -> None:
    """Refuse whose role in the workspace does not allow it: NotFound for who does not see what is in it."""
    if not holds(held, Permission.WORKSPACE_VIEW):
        raise NotFound
    require_whole_workspaces(caller)
    if not holds(held, Permission.WEBHOOK_MANAGE):
        raise PermissionDenied("Your role lacks the permission webhook_manage.")


def narrowed(project_ids: frozenset[str] | None, asked: list[str] | None) -> frozenset[str] | None:
    """The projects a request is about: those of the credential, and of them the ones asked for."""
    if asked is None:
        return project_ids
    return frozenset(asked) if project_ids is None else project_ids & frozenset(asked)


def _require(caller: Principal, scope: str) -> None:
    if caller.kind == "service":
        raise PermissionDenied("Notifications and events are for people and their credentials.")
    require_scope(caller, scope)
