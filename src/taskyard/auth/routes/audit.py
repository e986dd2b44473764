"""/audit: who did what to accounts and workspaces, from where, and whether that was tampered with."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from taskyard.auth.actions import audit as actions
from taskyard.auth.models.audit import AuditEntry, Verification
from taskyard.auth.permissions import require_own_account
from taskyard.auth.routes.provided import Caller, Cursor, Cursors, Limit, Store
from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.ids import UUID_PATTERN
from taskyard.kit.principal import require_scope

PATH = f"{API}/audit"
ACCOUNTS = f"{PATH}/accounts"
TAGS = ["Audit"]
WorkspaceId = Annotated[str, QueryParameter(pattern=UUID_PATTERN)]
_HIGHEST = 2**62


@get(PATH, tags=TAGS)
async def list_audit(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    workspace_id: Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AuditEntry]:
    """What happened to your own account: sign-ins, also failed ones, keys and second factors; the newest first.

    With `workspace_id`: what happened to its members, roles, teams and projects, for who manages its members and for
    administrators of the deployment. An entry is there about a second after what it tells of.
    """
    require_scope(caller, "audit:read")
    listing = f"audit {workspace_id or caller.id}"
    before = _HIGHEST if cursor is None else int(cursors.open(listing, cursor)[0])
    if workspace_id is None:
        found = await actions.list_own(database, caller, before, limit + 1)
    else:
        found = await actions.list_of_workspace(database, caller, workspace_id, before, limit + 1)
    return cursors.page(listing, found, limit, lambda entry: [entry.number])


@get(f"{PATH}/verify", tags=TAGS)
async def verify_audit(caller: Caller, database: Store, workspace_id: WorkspaceId) -> Verification:
    """Compute every hash of a workspace's trail again; `head`, kept elsewhere, proves later what was there."""
    require_scope(caller, "audit:read")
    return await actions.verify(database, caller, workspace_id)


@get(ACCOUNTS, tags=TAGS)
async def list_audit_of_accounts(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    person_id: Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AuditEntry]:
    """What happened to all accounts, or with `person_id` to one, for administrators alone. 403 for others."""
    require_own_account(caller, "users:read")
    listing = f"audit of accounts {person_id}"
    before = _HIGHEST if cursor is None else int(cursors.open(listing, cursor)[0])
    found = await actions.list_of_accounts(database, caller, person_id, before, limit + 1)
    return cursors.page(listing, found, limit, lambda entry: [entry.number])


@get(f"{ACCOUNTS}/verify", tags=TAGS)
async def verify_audit_of_accounts(caller: Caller, database: Store) -> Verification:
    """Compute every hash of the trail of accounts again, for administrators of the deployment."""
    require_own_account(caller, "users:read")
    return await actions.verify_accounts(database, caller)


HANDLERS = [list_audit, verify_audit, list_audit_of_accounts, verify_audit_of_accounts]
