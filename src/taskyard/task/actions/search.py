"""Searching: what was asked becomes words, and a word that nobody wrote becomes those that look like it."""

import asyncio
import html
import re

import msgspec

from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database
from taskyard.kit.ids import HIGHEST_ID
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_line
from taskyard.task.errors import ProjectNotFound
from taskyard.task.models.search import Found, Wanted, Where
from taskyard.task.queries import search as queries
from taskyard.task.queries.search_index import BETWEEN_WORDS
from taskyard.task.queries.tasks import sees_project

MOST_WORDS = 10
LONGEST_WORD = 60
MOST_SIMILAR = 5
"""How many words a misspelt one may stand for."""
SHORTEST_MISSPELT = 4
PATIENCE = 0.5
"""Seconds a search waits for the index to hold what was acknowledged before it."""
_LOOK_EVERY = 0.02
_FIRST: queries.After = (1e9, HIGHEST_ID)
_WRITTEN = {
    queries.BEGIN_MARK: "<mark>",
    queries.END_MARK: "</mark>",
    queries.LESS_THAN: "&lt;",
    queries.AMPERSAND: "&amp;",
}
_between = re.compile(BETWEEN_WORDS)


async def search(
    database: Database,
    cursors: CursorSigner,
    caller: Principal,
    asked: tuple[str, Where],
    page: tuple[int, str | None],
) -> Page[Found]:
    """A page of what the caller finds; ``asked`` is the text and where to look for it.

    Raises InvalidInput for a text without words, ProjectNotFound for an invisible project.
    """
    text, where = asked
    project_id = where.project_id
    limit, cursor = page
    words = words_of(text)
    name = f"search:{project_id}:{' '.join(words)}" + (" archived too" if where.is_archive_too else "")
    if cursor is None:
        after = _FIRST
        await _wait_for_the_index(database)
    else:
        after = msgspec.convert(cursors.open(name, cursor), queries.After)
    rows = await _find(database, caller, Wanted([[word] for word in words], where), after, limit + 1)
    if not rows and project_id is not None and not await sees_project(database, caller, project_id):
        raise ProjectNotFound
    found = cursors.page(name, rows, limit, lambda last: [last.score, last.id])
    return Page([_safe(one) for one in found.items], found.next_cursor)


def words_of(text: str) -> list[str]:
    """The words of a text, each once. Raises InvalidInput for none and for too many."""
    words = list(dict.fromkeys(word.lower()[:LONGEST_WORD] for word in _between.split(clean_line("/q", text)) if word))
    if not words:
        raise invalid("/q", "There is no word in this.")
    if len(words) > MOST_WORDS:
        raise invalid("/q", f"At most {MOST_WORDS} words are searched for.")
    return words


def spellings_of(word: str) -> list[str]:
    """A word, and what is left of it without one of its letters: a word one mistake away shares one of these."""
    return [word, *dict.fromkeys(word[:n] + word[n + 1 :] for n in range(len(word)))]


async def _find(database: Database, caller: Principal, wanted: Wanted, after: queries.After, limit: int) -> list[Found]:
    """What has all the words; where nothing has, what has them but for a mistake in each."""
    rows = await queries.search(database, caller, wanted, after, limit)
    if rows:
        return rows
    similar = [[word, *await _similar(database, caller, word)] for [word] in wanted.words]
    if similar == wanted.words:
        return rows
    return await queries.search(database, caller, msgspec.structs.replace(wanted, words=similar), after, limit)


async def _similar(database: Database, caller: Principal, word: str) -> list[str]:
    if len(word) < SHORTEST_MISSPELT or not word.isalpha():
        return []
    return await queries.list_similar(database, caller, spellings_of(word), MOST_SIMILAR)


async def _wait_for_the_index(database: Database) -> None:
    """So that whoever wrote something finds it, as long as the index follows."""
    place = await queries.get_place_to_reach(database)
    for _ in range(round(PATIENCE / _LOOK_EVERY)):
        reached = await queries.find_reached_place(database)
        if reached is None or reached >= place:
            return
        await asyncio.sleep(_LOOK_EVERY)


def _safe(found: Found) -> Found:
    """Everything of the text is escaped; only our own marks become tags."""
    text = html.escape(found.highlight)
    for character, written in _WRITTEN.items():
        text = text.replace(character, written)
    return msgspec.structs.replace(found, highlight=text)
