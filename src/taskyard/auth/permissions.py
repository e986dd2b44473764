"""Who may do which verb. Accounts are simple: people act on their own, within their credential's scopes."""

from datetime import timedelta

from taskyard.auth.errors import FreshSignInRequired, InvitationRequired, RegistrationClosed
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.principal import Principal, require_scope
from taskyard.kit.problems import NotFound, PermissionDenied

FRESH = timedelta(minutes=5)
# RFC 9470
_CHALLENGE = 'Bearer realm="taskyard", error="insufficient_user_authentication", max_age="300"'


def require_registration(registration: str, *, is_invited: bool) -> None:
    """Refuse signing up where the deployment does not want that; an invitation is looked at after this."""
    if registration == "closed":
        raise RegistrationClosed
    if registration == "invite" and not is_invited:
        raise InvitationRequired


def require_own_account(caller: Principal, scope: str) -> None:
    """Refuse a caller who has no account of their own, or whose credential does not reach it."""
    if caller.kind != "person":
        raise PermissionDenied("Only a person has an account.")
    require_scope(caller, scope)
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot reach the account.")


def require_administrator(*, is_administrator: bool) -> None:
    """Refuse whoever does not run this deployment."""
    if not is_administrator:
        raise PermissionDenied("Only administrators of this deployment may do that.")


def require_managing(caller: Principal, held: Permission, given: Permission | None) -> None:
    """Refuse the keys of a service account to who does not manage members, and giving them to who may less than it."""
    if not held:
        raise NotFound
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot change a workspace.")
    if Permission.WORKSPACE_MEMBERS not in held:
        raise PermissionDenied("Your role lacks the permission workspace_members.")
    if given is not None and given & ~held:
        raise PermissionDenied("The service account may more than you, so its keys are not yours to give.")


def require_giving(held: Permission, role: Permission) -> None:
    """Refuse to let a group bring a role that the caller could not give."""
    if Permission.WORKSPACE_MEMBERS not in held:
        raise PermissionDenied
    if role & ~held:
        raise PermissionDenied("That role allows more than yours, so it is not yours to give or take.")


def require_session(caller: Principal) -> str:
    """The session the caller is signed in with; a credential without one cannot end it."""
    if not caller.session_id:
        raise PermissionDenied("This credential does not belong to a session.")
    return caller.session_id


def require_sign_in(caller: Principal) -> None:
    """Refuse a program that acts for a person what only they may do: give rights to programs, take guards away."""
    if caller.credential_id or caller.scopes is not None:
        raise PermissionDenied("A program's credential cannot do that; sign in for it.")


def require_scopes_within(caller: Principal, scopes: list[str]) -> None:
    """Refuse to hand on a scope that the caller's own credential lacks, naming it."""
    for scope in scopes:
        require_scope(caller, scope)


def require_fresh_sign_in(caller: Principal) -> str:
    """The session of a caller who signed in moments ago: whoever found an open screen changes no credentials."""
    require_sign_in(caller)
    session_id = require_session(caller)
    if caller.signed_in_at is None or clock.now() - caller.signed_in_at > FRESH:
        raise FreshSignInRequired(headers={"WWW-Authenticate": _CHALLENGE})
    return session_id
