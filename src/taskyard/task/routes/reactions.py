"""/comments/{comment_id}/reactions: what people say to a comment with one sign."""

from typing import Annotated

from litestar import Response, delete, get, put
from litestar.params import FromPath, FromQuery, PathParameter

from taskyard.kit.cursors import Page
from taskyard.kit.database import Transaction
from taskyard.kit.http import API
from taskyard.kit.principal import require_scope
from taskyard.kit.write import write
from taskyard.task.actions import reactions as actions
from taskyard.task.actions.comments import get_visible_comment
from taskyard.task.models.reactions import Reaction
from taskyard.task.routes.provided import Call, Caller, Cursors, Limit, Store

READ, WRITE = "comments:read", "comments:write"
ALL = f"{API}/comments/{{comment_id:str}}/reactions"
ONE = ALL + "/{emoji:str}"
TAGS = ["Comments"]

Emoji = Annotated[str, PathParameter(description="One emoji, percent-encoded.")]


@get(ALL, tags=TAGS)
async def list_reactions(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    comment_id: FromPath[str],
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Reaction]:
    """List the reactions to a comment, oldest first."""
    require_scope(caller, READ)
    page = await actions.list_reactions(database, cursors, caller, comment_id, (limit, cursor))
    if not page.items:
        await get_visible_comment(database, caller, comment_id)
    return page


@put(ONE, tags=TAGS)
async def react(
    request: Call, caller: Caller, database: Store, comment_id: FromPath[str], emoji: Emoji
) -> Response[Reaction]:
    """React to a comment with an emoji. To do so again changes nothing."""
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> Reaction:
        return await actions.react(tx, caller, comment_id, emoji)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_reacting(tx, caller, comment_id)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def take_reaction_back(
    request: Call, caller: Caller, database: Store, comment_id: FromPath[str], emoji: Emoji
) -> Response[None]:
    """Take your reaction back; nothing happens where there is none."""
    require_scope(caller, WRITE)

    async def act(tx: Transaction) -> None:
        await actions.take_back(tx, caller, comment_id, emoji)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_reacting(tx, caller, comment_id)

    return await write(request, database, act, recheck=recheck)


HANDLERS = [list_reactions, react, take_reaction_back]
