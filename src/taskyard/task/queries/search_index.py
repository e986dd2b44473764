"""Statements that keep the index of words, from the tasks and comments as they are by then."""

from taskyard.contracts.task import (
    COMMENT_CREATED,
    COMMENT_DELETED,
    COMMENT_UPDATED,
    TASK_ARCHIVED,
    TASK_CREATED,
    TASK_DELETED,
    TASK_RESTORED,
    TASK_TRANSITIONED,
    TASK_UNARCHIVED,
    TASK_UPDATED,
)
from taskyard.contracts.task_places import TASK_ARRIVED
from taskyard.kit.database import Statements

CONSUMER = "index_for_search"
"""The reader of the change log that keeps the index; its name keeps its place."""
BETWEEN_WORDS = r"[\s!-/:-@\[-`{-~«»¿¡\u2000-\u206f\u3000-\u303f]+"
"""What stands between words, here and in what is searched for: blanks and marks."""
LONGEST_TEXT = 50_000
"""Characters of a text that are looked into."""
BLOCK_BITS = 14
ARCHIVED = "a"
"""What the words that say where a document belongs begin with when its task is archived."""


def _words(text: str) -> str:
    return f"to_tsvector('simple', regexp_replace(left({text}, {LONGEST_TEXT}), '{BETWEEN_WORDS}', ' ', 'g'))"


_KIND = f"CASE WHEN t.archived_at IS NULL THEN '' ELSE '{ARCHIVED}' END"
_SCOPE = f"""(
    SELECT array_to_tsvector(ARRAY[
               {_KIND} || 'w/' || t.workspace_id, {_KIND} || 'p/' || t.project_id, 'b/' || n.block,
               {_KIND} || 'p/' || t.project_id || '/' || n.block])
      FROM (SELECT nextval('search_numbers') >> {BLOCK_BITS}) AS n (block)
)"""
_TASK = f"""
    SELECT t.workspace_id, t.id, t.id, t.project_id, 'task',
           setweight({_words("t.key || ' ' || t.title")}, 'A') || setweight({_words("t.description")}, 'B') || {_SCOPE}
      FROM tasks t WHERE t.id = ANY($1::uuid[]) AND t.deleted_at IS NULL
"""
_COMMENT = f"""
    SELECT t.workspace_id, c.id, t.id, t.project_id, 'comment', setweight({_words("c.body")}, 'C') || {_SCOPE}
      FROM comments c JOIN tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id
     WHERE c.deleted_at IS NULL AND t.deleted_at IS NULL
"""
_BEGIN = """
    -- tenant: the index of all tenants; a search asks the access relation
    WITH written AS (
        INSERT INTO search_documents (workspace_id, id, task_id, project_id, kind, words)
"""
_END = """
        ON CONFLICT (workspace_id, id) DO UPDATE SET project_id = excluded.project_id, words = excluded.words
        RETURNING workspace_id, words
    ), used AS MATERIALIZED (
        SELECT DISTINCT d.workspace_id, u.word FROM written d CROSS JOIN unnest(tsvector_to_array(d.words)) AS u (word)
    ), fresh AS MATERIALIZED (
        SELECT u.workspace_id, u.word FROM used u
         WHERE u.word ~ '^[[:alpha:]]{4,30}$'
           AND NOT EXISTS (SELECT FROM search_words s
                            WHERE s.workspace_id = u.workspace_id AND s.spelling = u.word AND s.word = u.word)
    )
    INSERT INTO search_words (workspace_id, spelling, word)
    SELECT DISTINCT f.workspace_id, left(f.word, n) || substr(f.word, n + 2), f.word
      FROM fresh f CROSS JOIN generate_series(0, length(f.word)) AS n
    ON CONFLICT DO NOTHING
"""
_INDEX_TASKS = _BEGIN + _TASK + _END
_INDEX_COMMENTS = _BEGIN + _COMMENT + "AND c.id = ANY($1::uuid[])" + _END
_INDEX_COMMENTS_OF_TASKS = _BEGIN + _COMMENT + "AND t.id = ANY($1::uuid[])" + _END
_ALWAYS = [
    *(TASK_CREATED, TASK_DELETED, TASK_RESTORED, TASK_ARCHIVED, TASK_UNARCHIVED, TASK_ARRIVED),
    *(COMMENT_CREATED, COMMENT_UPDATED, COMMENT_DELETED),
]
_SOMETIMES = [TASK_UPDATED, TASK_TRANSITIONED]
_FIELDS = ["title", "description", "project_id"]
"""The fields of a task whose change changes what finds it."""


async def list_changed(tx: Statements, after: int, until: int) -> list[tuple[str, str]]:
    """What changed in a span of the log so that other words find it: the type of the event, and the id."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT type, resource_id::text FROM log.events_v1
         WHERE position > $1 AND position <= $2 AND (type = ANY($3) OR type = ANY($4) AND changes ?| $5)
        """,
        after,
        until,
        _ALWAYS,
        _SOMETIMES,
        _FIELDS,
    )
    return [(row[0], row[1]) for row in rows]


async def index_tasks(tx: Statements, task_ids: list[str]) -> None:
    """Take in tasks, unless they are in the trash by now."""
    await tx.execute(_INDEX_TASKS, task_ids)


async def index_comments(tx: Statements, comment_ids: list[str]) -> None:
    """Take in comments, unless they or their tasks are deleted by now."""
    await tx.execute(_INDEX_COMMENTS, comment_ids)


async def index_comments_of_tasks(tx: Statements, task_ids: list[str]) -> None:
    """Take in what was said about tasks that came back from the trash, or are archived or no longer."""
    await tx.execute(_INDEX_COMMENTS_OF_TASKS, task_ids)


async def forget_tasks(tx: Statements, task_ids: list[str]) -> None:
    """Take out tasks and what was said about them, unless they are back by now."""
    await tx.execute(
        """
        -- tenant: the index of all tenants; a search asks the access relation
        DELETE FROM search_documents d
         USING tasks t
         WHERE t.id = ANY($1::uuid[]) AND t.deleted_at IS NOT NULL
           AND d.workspace_id = t.workspace_id AND d.task_id = t.id
        """,
        task_ids,
    )


async def forget_comments(tx: Statements, comment_ids: list[str]) -> None:
    """Take out deleted comments."""
    await tx.execute(
        """
        -- tenant: the index of all tenants; a search asks the access relation
        DELETE FROM search_documents d
         USING comments c
         WHERE c.id = ANY($1::uuid[]) AND d.workspace_id = c.workspace_id AND d.id = c.id
        """,
        comment_ids,
    )
