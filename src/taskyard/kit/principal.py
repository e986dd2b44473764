"""Who is asking: the identity every service decides by."""

from datetime import datetime
from typing import Any, Literal, cast

import msgspec

from taskyard.kit.problems import PermissionDenied, Unauthenticated

PRINCIPAL = "taskyard.principal"
LOOKED_UP = "taskyard.looked_up"
"""Set in the scope where the credential was looked up here: another process is told by an assertion whom it means."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated caller.

    It rides in the ASGI scope inside one process and is verified again from the credential wherever
    a request crosses a process border.
    """

    id: str
    kind: Literal["person", "service_account", "service"] = "person"
    session_id: str = ""
    credential_id: str = ""
    """The API key it used; empty for a token of a session."""
    signed_in_at: datetime | None = None
    workspace_id: str | None = None
    """The one workspace it belongs to, of a service account with an API key; None for who may be in several."""
    scopes: frozenset[str] | None = None
    """Scopes narrow what the caller may do; None means all of their own rights."""
    project_ids: frozenset[str] | None = None
    """Projects the credential is limited to; None means no limit."""
    expires_at: int | None = None
    """When the credential ends, in Unix seconds, for what stays open longer than a request; None if not known."""


def find_principal(scope: Any) -> Principal | None:
    """The caller of this request; None when nobody signed in."""
    return cast("Principal | None", scope.get(PRINCIPAL))


def principal_of(scope: Any) -> Principal:
    """The caller of this request. Raises Unauthenticated when nobody signed in."""
    principal = scope.get(PRINCIPAL)
    if principal is None:
        raise Unauthenticated
    return cast(Principal, principal)


def require_scope(principal: Principal, scope: str) -> None:
    """Refuse a credential whose scopes do not include ``scope``, naming it."""
    if principal.scopes is not None and scope not in principal.scopes:
        raise PermissionDenied(f"The credential lacks the scope {scope}.")
