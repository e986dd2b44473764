"""Who may do which verb, without a database."""

import pytest

from taskyard.contracts.access import BUILT_IN_ROLES, Permission
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied
from taskyard.project import permissions

CALLER = Principal(id=new_id())
LIMITED = Principal(id=new_id(), project_ids=frozenset())


def test_stranger_does_not_see_the_workspace() -> None:
    with pytest.raises(NotFound):
        permissions.require_in_workspace(CALLER, Permission(0), Permission(0))


def test_guest_sees_the_workspace_but_not_its_people() -> None:
    permissions.require_in_workspace(CALLER, BUILT_IN_ROLES["guest"], Permission(0))
    with pytest.raises(PermissionDenied, match="workspace_view"):
        permissions.require_in_workspace(CALLER, BUILT_IN_ROLES["guest"], Permission.WORKSPACE_VIEW)


def test_limited_credential_looks_but_does_not_change() -> None:
    permissions.require_in_workspace(LIMITED, BUILT_IN_ROLES["owner"], Permission.WORKSPACE_VIEW)
    with pytest.raises(PermissionDenied, match="limited to projects"):
        permissions.require_in_workspace(LIMITED, BUILT_IN_ROLES["owner"], Permission.WORKSPACE_EDIT)


def test_project_is_invisible_without_its_view_bit() -> None:
    with pytest.raises(NotFound):
        permissions.require_in_project(Permission.PROJECT_EDIT, Permission.PROJECT_EDIT)
    permissions.require_in_project(Permission.PROJECT_VIEW, Permission.PROJECT_VIEW)


def test_viewer_cannot_edit_a_project() -> None:
    with pytest.raises(PermissionDenied, match="project_edit"):
        permissions.require_in_project(BUILT_IN_ROLES["viewer"], Permission.PROJECT_EDIT)


def test_admin_cannot_make_owners_but_gives_any_role_in_a_project() -> None:
    with pytest.raises(PermissionDenied):
        permissions.require_within(BUILT_IN_ROLES["admin"], BUILT_IN_ROLES["owner"])
    permissions.require_within_project(BUILT_IN_ROLES["admin"], BUILT_IN_ROLES["owner"])
    with pytest.raises(PermissionDenied):
        permissions.require_within_project(BUILT_IN_ROLES["member"], BUILT_IN_ROLES["admin"])
