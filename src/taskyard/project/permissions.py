"""Who may do which verb: pure decisions over the permission bits that a statement found."""

from taskyard.contracts.access import IN_PROJECT, Permission
from taskyard.kit.principal import Principal
from taskyard.kit.problems import MfaRequired, NotFound, PermissionDenied, invalid
from taskyard.project.models.projects import Visibility


def require_in_workspace(caller: Principal, held: Permission, needed: Permission) -> None:
    """Refuse what a workspace role does not allow.

    Any role sees the workspace itself, so ``Permission(0)`` asks only for that. A credential limited to
    projects may look, never change.
    """
    if not held:
        raise NotFound
    if caller.project_ids is not None and needed & ~Permission.WORKSPACE_VIEW:
        raise PermissionDenied("The credential is limited to projects and cannot change a workspace.")
    _require(held, needed)


def require_in_project(held: Permission, needed: Permission) -> None:
    """Refuse what a project does not allow: NotFound when it is invisible, PermissionDenied otherwise."""
    if Permission.PROJECT_VIEW not in held:
        raise NotFound
    _require(held, needed)


def require_publishing(held: Permission, *, is_let: bool) -> None:
    """Refuse to open a project to everybody, where the workspace does not let it, or to who may not let others in."""
    _require(held, Permission.PROJECT_MEMBERS)
    if not is_let:
        raise invalid("/visibility", "The workspace lets no project be public; its public_projects says so.")


def require_reopening(held: Permission, visibility: Visibility) -> None:
    """Refuse to bring a public project back to who may not open one to everybody."""
    if visibility == "public":
        _require(held, Permission.PROJECT_MEMBERS)


def require_person(caller: Principal) -> None:
    """Refuse a program that acts for itself what needs somebody who answers for it."""
    if caller.kind != "person":
        raise PermissionDenied("Only a person may do that.")


def require_second_factor(caller: Principal) -> None:
    """Refuse to ask others for a second factor to somebody who signed in without: it would shut them out as well."""
    if not caller.is_strong:
        raise MfaRequired("Sign in with a second factor yourself, before you ask everybody here for one.")


def require_for_program(role: Permission) -> None:
    """Refuse a service account a role that could end the workspace: its owners are people."""
    if Permission.WORKSPACE_DELETE in role:
        raise invalid("/role", "A service account owns no workspace.")


def require_within(held: Permission, role: Permission) -> None:
    """Refuse to give or take a role that allows more than one's own: only owners make and unmake owners."""
    if role & ~held:
        raise PermissionDenied("That role allows more than yours, so it is not yours to give or take.")


def require_within_project(held: Permission, role: Permission) -> None:
    """The same rule for a role in one project, where only a role's project bits count."""
    require_within(held, role & IN_PROJECT)


def require_sight(role: Permission) -> None:
    """Refuse a role that allows what its holder could not find: who may change a thing must see it."""
    for part, view in ((IN_PROJECT, Permission.PROJECT_VIEW), (~IN_PROJECT, Permission.WORKSPACE_VIEW)):
        if role & part and view not in role:
            raise invalid("/permissions", f"The rest of it is of no use without {str(view.name).lower()}.")


def _require(held: Permission, needed: Permission) -> None:
    missing = needed & ~held
    if missing:
        names = ", ".join(str(permission.name).lower() for permission in missing)
        raise PermissionDenied(f"Your role lacks the permission {names}.")
