"""/invitations: places kept for addresses that had not registered."""

import msgspec
from litestar import Response, delete, get, post

from taskyard.contracts.access import Permission
from taskyard.contracts.people import People
from taskyard.kit import clock
from taskyard.kit.cursors import Page
from taskyard.kit.emails import fold_email
from taskyard.kit.principal import Principal, require_scope
from taskyard.kit.problems import NotFound
from taskyard.kit.write import write
from taskyard.project.actions import invitations as actions
from taskyard.project.actions.workspaces import VISIBLE, get_workspace
from taskyard.project.models.workspaces import Invitation, Member
from taskyard.project.queries import invitations as queries
from taskyard.project.routes.provided import (
    Call,
    Caller,
    Cursor,
    Cursors,
    KnownPeople,
    Limit,
    PathId,
    Store,
)

OF_WORKSPACE = "/api/v1/workspaces/{workspace_id:str}/invitations"
MINE = "/api/v1/invitations"
TAGS = ["Invitations"]


@get(OF_WORKSPACE, tags=TAGS)
async def list_invitations(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    workspace_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Invitation]:
    """The open invitations of a workspace, for those who manage its members."""
    require_scope(caller, "workspaces:admin")
    listing = f"invitations of {workspace_id}"
    after = cursors.after_id(listing, cursor)
    await get_workspace(database, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    rows = await queries.list_invitations(database, workspace_id, clock.now(), after, limit + 1)
    return cursors.page(listing, rows, limit, lambda row: [row.id])


@delete(OF_WORKSPACE + "/{invitation_id:str}", tags=TAGS, status_code=204)
async def withdraw_invitation(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, invitation_id: PathId
) -> Response[None]:
    """Close an invitation before it is accepted."""
    require_scope(caller, "workspaces:admin")
    return await write(
        request,
        database,
        lambda tx: actions.withdraw_invitation(tx, caller, workspace_id, invitation_id),
        recheck=lambda tx: get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
    )


@get(MINE, tags=TAGS)
async def list_my_invitations(caller: Caller, database: Store, people: KnownPeople) -> Page[Invitation]:
    """The open invitations to your address."""
    require_scope(caller, "workspaces:read")
    email = await _address_of(caller, people)
    return Page(await queries.list_invitations_to(database, fold_email(email), clock.now()), None)


@post(MINE + "/{invitation_id:str}/accept", tags=TAGS, status_code=201)
async def accept_invitation(
    request: Call, caller: Caller, database: Store, people: KnownPeople, invitation_id: PathId
) -> Response[Member]:
    """Become a member of the workspace that invited your address."""
    require_scope(caller, "workspaces:write")
    email = await _address_of(caller, people)
    return await write(
        request,
        database,
        lambda tx: actions.accept_invitation(tx, caller, email, invitation_id),
        recheck_answer=lambda tx, body: get_workspace(
            tx, caller, msgspec.json.decode(body, type=Member).workspace_id, VISIBLE
        ),
        status=201,
        location="/api/v1/workspaces/{workspace_id}/members/{user_id}",
    )


async def _address_of(caller: Principal, people: People) -> str:
    found = await people.list_people(ids=[caller.id])
    if not found:
        raise NotFound("Only a person's account can be invited.")
    return found[0].email


HANDLERS = [list_invitations, withdraw_invitation, list_my_invitations, accept_invitation]
