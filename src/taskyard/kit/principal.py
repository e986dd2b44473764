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
    is_strong: bool = False
    """Whether the sign-in behind it took a second factor. What nobody says is weak."""
    workspace_id: str | None = None
    """The one workspace it belongs to, of a service account with an API key; None for who may be in several."""
    scopes: frozenset[str] | None = None
    """Scopes narrow what the caller may do; None means all of their own rights."""
    project_ids: frozenset[str] | None = None
    """Projects the credential is limited to; None means no limit."""
    expires_at: int | None = None
    """When the credential ends, in Unix seconds, for what stays open longer than a request; None if not known."""

    @property
    def access_id(self) -> str:
        """Under which id the access relation is asked; ``id`` is for what somebody makes and has."""
        return self.id if self.is_strong or self.kind != "person" else weak_id(self.id)


def acting_for(person_id: str, project_ids: frozenset[str] | None = None) -> Principal:
    """A person for whom something is done that they asked for before: nobody signs in, so all of their rights count."""
    return Principal(id=person_id, is_strong=True, project_ids=project_ids)


def weak_id(person_id: str) -> str:
    """A person who signed in without a second factor, to the access relation (``project.weak_id`` in SQL).

    It is their id as one of version 8 (RFC 9562), which nobody has, and ``PERSON`` leads back.
    """
    return f"{person_id[:14]}8{person_id[15:]}"


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
