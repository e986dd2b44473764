"""/workspaces/{id}/members: who belongs to a workspace."""

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from taskyard.contracts.access import Permission
from taskyard.contracts.people import People
from taskyard.kit.cursors import Page
from taskyard.kit.emails import parse_email
from taskyard.kit.etags import expected_version
from taskyard.kit.principal import require_scope
from taskyard.kit.write import read, write
from taskyard.project.actions import invitations, workspaces
from taskyard.project.actions import members as actions
from taskyard.project.models.workspaces import Invitation, ListedMember, Member, NewMember, RolePatch
from taskyard.project.queries import members as queries
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

PATH = "/api/v1/workspaces/{workspace_id:str}/members"
ONE = PATH + "/{user_id:str}"
TAGS = ["Members"]


@post(
    PATH,
    tags=TAGS,
    status_code=201,
    responses={
        201: ResponseSpec(Member, description="The person is a member now", generate_examples=False),
        202: ResponseSpec(Invitation, description="Nobody has this address yet: invited", generate_examples=False),
    },
)
async def create_member(
    *,
    request: Call,
    caller: Caller,
    database: Store,
    people: KnownPeople,
    workspace_id: PathId,
    data: JSONBody[NewMember],
) -> Response[Member] | Response[Invitation]:
    """Add the person with this address: 201 and the member.

    Where nobody has registered with it: 202 and an invitation, which they accept after registering, until it
    ends by itself.
    409 `already_member`, `already_invited`; `too_many` where 500 invitations are open.
    """
    require_scope(caller, "workspaces:admin")
    await workspaces.get_workspace(database, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    email = parse_email("/email", data.email)
    person = await people.find_person_by_email(email=email)
    if person is None:
        return await write(
            request,
            database,
            lambda tx: invitations.create_invitation(tx, caller, workspace_id, email, data),
            recheck=lambda tx: workspaces.get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
            status=202,
            location="/api/v1/workspaces/{workspace_id}/invitations",
        )
    return await write(
        request,
        database,
        lambda tx: actions.create_member(tx, caller, workspace_id, person, data.role),
        recheck=lambda tx: workspaces.get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
        status=201,
        location="/api/v1/workspaces/{workspace_id}/members/{user_id}",
    )


@get(PATH, tags=TAGS)
async def list_members(
    *,
    caller: Caller,
    database: Store,
    cursors: Cursors,
    people: KnownPeople,
    workspace_id: PathId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ListedMember]:
    """The members of a workspace with their names, ordered by person."""
    require_scope(caller, "workspaces:read")
    listing = f"members of {workspace_id}"
    after = cursors.after_id(listing, cursor)
    await workspaces.get_workspace(database, caller, workspace_id, Permission.WORKSPACE_VIEW)
    rows = await queries.list_members(database, workspace_id, after, limit + 1)
    page = cursors.page(listing, rows, limit, lambda row: [row.user_id])
    return Page(await _named(people, page.items), page.next_cursor)


async def _named(people: People, rows: list[Member]) -> list[ListedMember]:
    found = await people.list_people(ids=[row.user_id for row in rows])
    known = {person.id: (person.name, person.email) for person in found}
    return [ListedMember(*msgspec.structs.astuple(row), *known.get(row.user_id, (None, None))) for row in rows]


@get(ONE, tags=TAGS)
async def get_member(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, user_id: PathId
) -> Response[Member]:
    """One member of a workspace."""
    require_scope(caller, "workspaces:read")
    await workspaces.get_workspace(database, caller, workspace_id, Permission.WORKSPACE_VIEW)
    member, _ = await actions.get_member(database, workspace_id, user_id)
    return read(request, member)


@patch(ONE, tags=TAGS)
async def change_role(
    *, request: Call, caller: Caller, database: Store, workspace_id: PathId, user_id: PathId, data: JSONBody[RolePatch]
) -> Response[Member]:
    """Give a member another role. Nobody gives or takes a role that allows more than their own. 409 `last_owner`."""
    require_scope(caller, "workspaces:admin")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.change_role(tx, caller, (workspace_id, user_id), data.role, expected),
        recheck=lambda tx: workspaces.get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS),
    )


@delete(ONE, tags=TAGS, status_code=204)
async def remove_member(
    request: Call, caller: Caller, database: Store, workspace_id: PathId, user_id: PathId
) -> Response[None]:
    """Send a member away, or leave. Their places in teams and roles in projects end too. 409 `last_owner`."""
    require_scope(caller, "workspaces:admin")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.remove_member(tx, caller, workspace_id, user_id, expected),
        recheck=lambda tx: actions.require_still_removing(tx, caller, workspace_id, user_id),
    )


HANDLERS = [create_member, list_members, get_member, change_role, remove_member]
