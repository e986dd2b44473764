"""Saying something to a comment with one sign, and taking it back."""

import unicodedata

from taskyard.contracts.access import Permission
from taskyard.contracts.task import REACTION_CREATED, REACTION_DELETED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.errors import CommentNotFound, TooManyReactions
from taskyard.task.models.reactions import MOST_REACTIONS, Reaction
from taskyard.task.permissions import require_footing
from taskyard.task.queries import reactions as queries

_LONGEST = 16
"""Code points: the longest emoji there are join ten."""
_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}")
_TAGS = range(0xE0020, 0xE0080)
"""What the flags of Scotland and Wales end in."""


async def list_reactions(
    database: Database, cursors: CursorSigner, caller: Principal, comment_id: str, page: tuple[int, str | None]
) -> Page[Reaction]:
    """A page of the reactions to a comment; ``page`` is its length and the cursor it follows.

    Empty also for a comment that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    listing = f"reactions to {comment_id}"
    after = cursors.after_id(listing, cursor)
    rows = await queries.list_reactions(database, caller, _id(comment_id), after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.id])


async def react(tx: Transaction, caller: Principal, comment_id: str, emoji: str) -> Reaction:
    """Say something to a comment; to say it again changes nothing.

    Raises CommentNotFound, PermissionDenied, ProjectArchived, TooManyReactions or InvalidInput.
    """
    place = await queries.lock_for_reaction(tx, caller, _id(comment_id))
    if place is None:
        raise CommentNotFound
    require_footing(place.footing, Permission.COMMENT_CREATE, CommentNotFound)
    require_emoji(emoji)
    reaction = Reaction(
        id=new_id(),
        workspace_id=place.workspace_id,
        project_id=place.project_id,
        task_id=place.task_id,
        comment_id=place.comment_id,
        person_id=caller.id,
        emoji=emoji,
        created_at=clock.now(),
    )
    found = await queries.find_reaction(tx, caller, comment_id, emoji)
    if found is not None:
        return found
    if place.count >= MOST_REACTIONS:
        raise TooManyReactions(f"You reacted to this comment in {MOST_REACTIONS} ways already.")
    await queries.insert_reaction(tx, reaction)
    await _announce(tx, REACTION_CREATED, reaction)
    return reaction


async def take_back(tx: Transaction, caller: Principal, comment_id: str, emoji: str) -> None:
    """Take a reaction back; nothing where there is none. Raises CommentNotFound, PermissionDenied, ProjectArchived."""
    place = await queries.lock_for_reaction(tx, caller, _id(comment_id))
    if place is None:
        raise CommentNotFound
    require_footing(place.footing, Permission.COMMENT_CREATE, CommentNotFound)
    found = await queries.find_reaction(tx, caller, comment_id, emoji)
    if found is not None and await queries.delete_reaction(tx, found):
        await _announce(tx, REACTION_DELETED, found)


async def require_still_reacting(tx: Transaction, caller: Principal, comment_id: str) -> None:
    """Refuse a stored answer to a caller who may not react any more."""
    place = await queries.lock_for_reaction(tx, caller, comment_id)
    if place is None:
        raise CommentNotFound
    require_footing(place.footing, Permission.COMMENT_CREATE, CommentNotFound)


def require_emoji(text: str) -> None:
    """One emoji, as Unicode joins them; not a text. Raises InvalidInput."""
    is_keycap = len(text) <= 3 and text[:1] in "0123456789#*" and text.endswith("\N{COMBINING ENCLOSING KEYCAP}")
    fits = is_keycap or all(
        unicodedata.category(sign) in {"So", "Sk", "Sm"} or sign in _JOINERS or ord(sign) in _TAGS for sign in text
    )
    if not (fits and text[:1] and text[0] not in _JOINERS and len(text) <= _LONGEST):
        raise invalid("/emoji", "This is not an emoji.")


def _id(text: str) -> str:
    if not is_id(text):
        raise CommentNotFound
    return text


async def _announce(tx: Transaction, kind: str, reaction: Reaction) -> None:
    await announce(
        tx,
        Change(
            type=kind,
            resource_id=reaction.id,
            version=1,
            data=reaction,
            workspace_id=reaction.workspace_id,
            project_id=reaction.project_id,
        ),
    )
