"""Service accounts: who manages the members of a workspace gives programs a place and a role of their own there."""

from msgspec import UNSET

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.members import end_places
from taskyard.project.actions.workspaces import get_workspace, lock_workspace, require_role
from taskyard.project.errors import TooMany
from taskyard.project.models.programs import NewServiceAccount, ServiceAccount, ServiceAccountPatch
from taskyard.project.models.workspaces import Member
from taskyard.project.queries import access, members
from taskyard.project.queries import programs as queries

MOST_ACCOUNTS = 100
"""Of one workspace."""
AccountOf = tuple[str, str]
"""A service account, named by workspace and id."""


async def create_service_account(
    tx: Transaction, caller: Principal, workspace_id: str, new: NewServiceAccount
) -> ServiceAccount:
    """A new service account. Raises TooMany, PermissionDenied and InvalidInput."""
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    role_id, key = await _require_giving(tx, workspace_id, new.role, held)
    if await queries.count_service_accounts(tx, workspace_id) >= MOST_ACCOUNTS:
        raise TooMany("The workspace has as many service accounts as it can have.")
    at, account_id = clock.now(), new_id()
    account = ServiceAccount(
        id=account_id,
        workspace_id=workspace_id,
        name=new.name,
        role_id=role_id,
        role=key,
        created_by=caller.id,
        created_at=at,
        updated_at=at,
        disabled_at=None,
        deleted_at=None,
        version=1,
    )
    await queries.insert_service_account(tx, account)
    place = Member(new_id(), workspace_id, account_id, role_id, key, at, 1)
    await members.insert_member(tx, place, is_service_account=True)
    await access.rebuild_subjects_of_person(tx, workspace_id, account_id)
    await announce_state(tx, events.SERVICE_ACCOUNT_CREATED, account)
    return account


async def get_service_account(db: Statements, caller: Principal, account_of: AccountOf) -> ServiceAccount:
    """A service account, seen by who sees the members; a deleted one too, since history names it. Raises NotFound."""
    workspace_id, account_id = account_of
    await get_workspace(db, caller, workspace_id, Permission.WORKSPACE_VIEW)
    account, _ = await _find(db, workspace_id, account_id)
    return account


async def update_service_account(
    tx: Transaction, caller: Principal, account_of: AccountOf, patch: ServiceAccountPatch, expected: int | None
) -> ServiceAccount:
    """Give a service account another name or role. Raises PermissionDenied and InvalidInput."""
    before, held = await _lock(tx, caller, account_of)
    require_version(expected, before.version)
    role_id, role = before.role_id, before.role
    if patch.role is not UNSET:
        role_id, role = await _require_giving(tx, before.workspace_id, patch.role, held)
    name = before.name if patch.name is UNSET else patch.name
    if (name, role_id) == (before.name, before.role_id):
        return before
    after = next_version(before, name=name, role_id=role_id, role=role, updated_at=clock.now())
    await queries.update_service_account(tx, after)
    if role_id != before.role_id:
        await _give(tx, after)
    await announce_state(tx, events.SERVICE_ACCOUNT_UPDATED, after, before)
    return after


async def disable_service_account(tx: Transaction, caller: Principal, account_of: AccountOf) -> ServiceAccount:
    """Let a service account in no more; its keys are refused within a second. Nothing happens when it is so."""
    before, _ = await _lock(tx, caller, account_of)
    if before.disabled_at is not None:
        return before
    at = clock.now()
    after = next_version(before, disabled_at=at, updated_at=at)
    await queries.update_service_account(tx, after)
    await announce_state(tx, events.SERVICE_ACCOUNT_DISABLED, after, before)
    return after


async def enable_service_account(tx: Transaction, caller: Principal, account_of: AccountOf) -> ServiceAccount:
    """Let a service account in again, by the keys it has. Nothing happens when it is so."""
    before, _ = await _lock(tx, caller, account_of)
    if before.disabled_at is None:
        return before
    after = next_version(before, disabled_at=None, updated_at=clock.now())
    await queries.update_service_account(tx, after)
    await announce_state(tx, events.SERVICE_ACCOUNT_ENABLED, after, before)
    return after


async def delete_service_account(
    tx: Transaction, caller: Principal, account_of: AccountOf, expected: int | None
) -> None:
    """End a service account for good, with its places in teams and roles in projects; what it did keeps its name."""
    before, _ = await _lock(tx, caller, account_of)
    require_version(expected, before.version)
    await end_places(tx, before.workspace_id, before.id)
    at = clock.now()
    after = next_version(before, role_id=None, role=None, updated_at=at, deleted_at=at)
    await queries.update_service_account(tx, after)
    await announce_state(tx, events.SERVICE_ACCOUNT_DELETED, after, before)


async def _require_giving(tx: Transaction, workspace_id: str, role: str, held: Permission) -> tuple[str, str]:
    """The id and key of a role that the caller may give a service account."""
    role_id, key, allowed = await require_role(tx, workspace_id, role)
    permissions.require_for_program(allowed)
    permissions.require_within(held, allowed)
    return role_id, key


async def _give(tx: Transaction, account: ServiceAccount) -> None:
    """Write the role an account has now among the members."""
    async with telling_losses(tx, account.workspace_id, person_ids=[account.id]):
        await members.change_role_of(tx, account.workspace_id, account.id, str(account.role_id))
        await access.rebuild_subjects_of_person(tx, account.workspace_id, account.id)


async def _lock(tx: Transaction, caller: Principal, account_of: AccountOf) -> tuple[ServiceAccount, Permission]:
    """A service account for a change, and what the caller holds, which is no less than what it may itself."""
    workspace_id, account_id = account_of
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    account, had = await _find(tx, workspace_id, account_id)
    if account.deleted_at is not None:
        raise NotFound
    permissions.require_within(held, had)
    return account, held


async def _find(db: Statements, workspace_id: str, account_id: str) -> tuple[ServiceAccount, Permission]:
    found = await queries.find_service_account(db, workspace_id, account_id) if is_id(account_id) else None
    if found is None:
        raise NotFound
    return found
