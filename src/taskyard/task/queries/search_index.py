"""Statements that keep the index of words, from the tasks and comments as they are by then."""

from taskyard.kit.database import Statements

CONSUMER = "index_for_search"
"""The reader of the change log that keeps the index; its name keeps its place."""
BETWEEN_WORDS = r"[\s!-/:-@\[-`{-~«»¿¡\u2000-\u206f\u3000-\u303f]+"
"""What stands between words, here and in what is searched for: blanks and marks."""
LONGEST_TEXT = 50_000
"""Characters of a text that are looked into."""
BLOCK_BITS = 14


def _words(text: str) -> str:
    return f"to_tsvector('simple', regexp_replace(left({text}, {LONGEST_TEXT}), '{BETWEEN_WORDS}', ' ', 'g'))"


_SCOPE = f"""array_to_tsvector(ARRAY[
    'w/' || t.workspace_id, 'p/' || t.project_id, 'b/' || (nextval('search_numbers') >> {BLOCK_BITS})
])"""
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
    ), fresh AS (
        SELECT DISTINCT d.workspace_id, w.lexeme
          FROM written d CROSS JOIN LATERAL unnest(d.words) AS w
         WHERE w.lexeme ~ '^[[:alpha:]]{4,30}$'
           AND NOT EXISTS (SELECT FROM search_words s
                            WHERE s.workspace_id = d.workspace_id AND s.spelling = w.lexeme AND s.word = w.lexeme)
    )
    INSERT INTO search_words (workspace_id, spelling, word)
    SELECT DISTINCT f.workspace_id, left(f.lexeme, n) || substr(f.lexeme, n + 2), f.lexeme
      FROM fresh f CROSS JOIN LATERAL generate_series(0, length(f.lexeme)) AS n
    ON CONFLICT DO NOTHING
"""
_INDEX_TASKS = _BEGIN + _TASK + _END
_INDEX_COMMENTS = _BEGIN + _COMMENT + "AND c.id = $1" + _END
_INDEX_COMMENTS_OF_TASK = _BEGIN + _COMMENT + "AND t.id = $1" + _END


async def index_tasks(tx: Statements, task_ids: list[str]) -> None:
    """Take in tasks, unless they are in the trash by now."""
    await tx.execute(_INDEX_TASKS, task_ids)


async def index_comment(tx: Statements, comment_id: str) -> None:
    """Take in a comment, unless it or its task is deleted by now."""
    await tx.execute(_INDEX_COMMENTS, comment_id)


async def index_comments_of_task(tx: Statements, task_id: str) -> None:
    """Take in what was said about a task that came back from the trash."""
    await tx.execute(_INDEX_COMMENTS_OF_TASK, task_id)


async def forget_task(tx: Statements, workspace_id: str, task_id: str) -> None:
    """Take out a task and what was said about it, unless it is back by now."""
    await tx.execute(
        """
        -- tenant: the index of all tenants; a search asks the access relation
        DELETE FROM search_documents d
         WHERE d.workspace_id = $1 AND d.task_id = $2
           AND NOT EXISTS (SELECT FROM tasks t WHERE t.id = d.task_id AND t.deleted_at IS NULL)
        """,
        workspace_id,
        task_id,
    )


async def forget_comment(tx: Statements, workspace_id: str, comment_id: str) -> None:
    """Take out a comment."""
    await tx.execute(
        """
        -- tenant: the index of all tenants; a search asks the access relation
        DELETE FROM search_documents WHERE workspace_id = $1 AND id = $2
        """,
        workspace_id,
        comment_id,
    )
