"""Statements that search by words. Whoever asks is part of each statement.

However common a word is, a search ranks a few hundred documents: those with the words as they are written where they
are enough, otherwise also those with words that begin so; of the newest blocks where these hold enough, otherwise of
all. A caller who sees few projects asks the index for these, another for their workspaces.

Of words that must all be there the index goes through the shortest list of documents. For very few projects that is
what they have of a block, so a search of one costs what it wrote lately, however much others wrote meanwhile.
"""

from taskyard.contracts.access import VISIBLE_PROJECTS
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.search import Found, Wanted
from taskyard.task.queries.listing import ONE_PROJECT
from taskyard.task.queries.search_index import ARCHIVED, BLOCK_BITS, CONSUMER

MOST_RANKED = 300
"""How many documents a search ranks at most."""
ENOUGH = 100
"""From how many on the newest are enough."""
FEW_PROJECTS = 50
VERY_FEW_PROJECTS = 8
NEWEST, RECENT = 2, 6
"""How many blocks are looked into first, and next of very few projects."""
LONGEST_SHOWN = 10_000
"""Characters of a text in which a highlight is looked for."""
BEGIN_MARK, END_MARK, LESS_THAN, AMPERSAND = "\x02", "\x03", "\x04", "\x05"
"""Characters that no text holds; the parser of words would take what a less-than or an ampersand begins for markup."""

_VISIBLE = VISIBLE_PROJECTS.format(who="$1", projects="$2")
_ONE_PROJECT = ONE_PROJECT.format(project="$10::uuid")
# IS TRUE keeps the planner from a join, in which it would look up each document once for every visible project.
_SEEN = "({row}.project_id IN (SELECT project_id FROM visible)) IS TRUE"
# Each look is only made where none before it found enough. The beginnings of words come late: of these the index
# gathers all that there are before it sees who asks, and through exact words it skips.
_ASKED = {
    "written_lately": "as_written && newest",
    "written_recently": "as_written && recent",
    "written_ever": "as_written && scope",
    "begun_lately": "words && newest",
    "begun_ever": "words && scope",
}


def _look(name: str, before: list[str]) -> str:
    unless = "".join(f"(SELECT count(*) FROM {one}) < {ENOUGH} AND " for one in before)
    return f"""{name} AS MATERIALIZED (
        SELECT d.id, d.kind, d.task_id, d.workspace_id, d.words FROM search_documents d
         WHERE {unless}d.words @@ (SELECT {_ASKED[name]} FROM asked) AND {_SEEN.format(row="d")} LIMIT {MOST_RANKED}
    ),"""


_LOOKS = "\n".join(_look(name, list(_ASKED)[:place]) for place, name in enumerate(_ASKED))
_ENOUGH_OF_ONE = " UNION ALL ".join(
    f"SELECT * FROM {name} WHERE {place} = {len(_ASKED)} OR (SELECT count(*) FROM {name}) >= {ENOUGH}"
    for place, name in enumerate(_ASKED, 1)
)
_OF_BLOCKS = "(SELECT string_agg(quote_literal({word}), ' | ')::tsquery FROM {places} WHERE {which})"
_SCOPE = _OF_BLOCKS.format(word="place", places="places", which="true")
_BLOCKS = _OF_BLOCKS.format(word="'b/' || block", places="blocks", which=f"ago < {NEWEST}")
_NEWEST_OF_PLACES, _RECENT_OF_PLACES = (
    _OF_BLOCKS.format(
        word="place || '/' || block",
        places="places CROSS JOIN blocks",
        which=f"seen <= {VERY_FEW_PROJECTS} AND ago < {count}",
    )
    for count in (NEWEST, RECENT)
)
_SEARCH = f"""
    WITH visible AS MATERIALIZED ({{visible}}),
    places AS MATERIALIZED (
        SELECT DISTINCT n.seen, kind || CASE WHEN n.seen <= {FEW_PROJECTS} THEN 'p/' || v.project_id
                                             ELSE 'w/' || v.workspace_id END AS place
          FROM visible v CROSS JOIN unnest($9::text[]) AS kind CROSS JOIN (SELECT count(*) FROM visible) AS n (seen)
    ), blocks AS MATERIALIZED (
        SELECT ago, (last_value >> {BLOCK_BITS}) - ago AS block
          FROM search_numbers CROSS JOIN generate_series(0, {RECENT - 1}) AS ago
    ), asked AS MATERIALIZED (
        SELECT (SELECT q FROM to_tsquery('simple', $3) AS q WHERE numnode(q) > 0) AS words,
               (SELECT q FROM to_tsquery('simple', replace($3, ':*', '')) AS q WHERE numnode(q) > 0) AS as_written,
               {_SCOPE} AS scope, {_RECENT_OF_PLACES} AS recent,
               coalesce({_NEWEST_OF_PLACES}, {_SCOPE} && {_BLOCKS}) AS newest
    ), {_LOOKS}
    candidates AS (
        {_ENOUGH_OF_ONE}
    ), ranked AS MATERIALIZED (
        SELECT c.*, ts_rank(c.words, (SELECT words FROM asked))::float8 AS score FROM candidates c
    ), page AS (
        SELECT r.kind, r.id, r.task_id, t.key, t.title, r.score,
               CASE r.kind WHEN 'comment' THEN left(c.body, {LONGEST_SHOWN})
                           ELSE left(t.title || E'\\n' || t.description, {LONGEST_SHOWN}) END AS body
          FROM (SELECT * FROM ranked WHERE (score, id) < ($5::float8, $6::uuid) ORDER BY score DESC, id DESC) r
          JOIN tasks t ON t.workspace_id = r.workspace_id AND t.id = r.task_id AND t.deleted_at IS NULL
                      AND (t.archived_at IS NULL OR cardinality($9::text[]) > 1) AND {_SEEN.format(row="t")}
          LEFT JOIN comments c ON r.kind = 'comment' AND c.workspace_id = r.workspace_id AND c.id = r.id
                              AND c.deleted_at IS NULL
         WHERE r.kind = 'task' OR c.id IS NOT NULL
         ORDER BY r.score DESC, r.id DESC LIMIT $4
    )
    SELECT kind, id::text, task_id::text, key, title,
           ts_headline('simple', translate(body, '<&', E'\\x04\\x05'), to_tsquery('simple', $3),
                       'MaxWords=30, MinWords=12, MaxFragments=1, StartSel=' || $7 || ', StopSel=' || $8), score
      FROM page ORDER BY score DESC, page.id DESC
"""  # by search_documents_by_words
_EVERYWHERE = _SEARCH.format(visible=_VISIBLE)
_IN_PROJECT = _SEARCH.format(visible=_ONE_PROJECT)
_SIMILAR = f"""
    WITH visible AS MATERIALIZED ({_VISIBLE})
    SELECT DISTINCT s.word COLLATE "C"
      FROM (SELECT DISTINCT workspace_id FROM visible) v
      JOIN search_words s ON s.workspace_id = v.workspace_id AND s.spelling = ANY($3::text[])
     ORDER BY 1 LIMIT $4
"""
_WAITING = """
    SELECT h.last_position + (SELECT count(*) FROM (
               SELECT FROM log.waiting_events_v1 w ORDER BY w.event_id LIMIT 1000) waiting)
      FROM log.head_v1 h
"""
_REACHED = "SELECT position FROM consumer_cursors WHERE consumer = $1"

After = tuple[float, str]


async def search(db: Statements, caller: Principal, wanted: Wanted, after: After, limit: int) -> list[Found]:
    """One page of what a caller sees and finds, the best first."""
    asked = " & ".join("(" + " | ".join(_prefix(word) for word in choices) + ")" for choices in wanted.words)
    project_id = wanted.where.project_id
    sql = _EVERYWHERE if project_id is None else _IN_PROJECT
    kinds = ["", ARCHIVED] if wanted.where.is_archive_too else [""]
    named = (kinds,) if project_id is None else (kinds, project_id)
    marks = (BEGIN_MARK, END_MARK)
    rows = await db.fetch(sql, caller.access_id, caller.project_ids, asked, limit, *after, *marks, *named)
    return [Found(*row) for row in rows]


async def list_similar(db: Statements, caller: Principal, spellings: list[str], limit: int) -> list[str]:
    """Words of the caller's workspaces that share one of these spellings."""
    rows = await db.fetch(_SIMILAR, caller.access_id, caller.project_ids, spellings, limit)
    return [row[0] for row in rows]


async def get_place_to_reach(db: Statements) -> int:
    """Up to which place of the log the index has to be to hold all that was acknowledged by now."""
    place: int = await db.fetch_value(_WAITING)
    return place


async def find_reached_place(db: Statements) -> int | None:
    """Up to which place of the log the index is; None before it was ever kept."""
    place: int | None = await db.fetch_value(_REACHED, CONSUMER)
    return place


def _prefix(word: str) -> str:
    """A word as a query has it: what begins with it will do, unless it is very short."""
    return f"'{word}':*" if len(word) > 2 else f"'{word}'"
