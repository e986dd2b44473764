"""The floor's statements: by key and by project, without any permission."""

from taskyard.task.queries.columns import TASK

GET = f"SELECT {TASK} FROM tasks t WHERE t.id = $1 AND t.deleted_at IS NULL"  # noqa: S608 - our own columns
LIST = f"""
    SELECT {TASK} FROM tasks t
     WHERE t.workspace_id = $1 AND t.project_id = $2 AND t.status = $3 AND t.deleted_at IS NULL
     ORDER BY t.updated_at DESC, t.id DESC LIMIT $4
"""  # noqa: S608 - our own columns
CREATE = f"""
    INSERT INTO tasks AS t (workspace_id, project_id, id, number, key, title, description, status, priority,
                            assignee_ids, created_by, created_at, updated_at)
    VALUES ($1, $2, $3, $4::integer, 'TASK-' || $4::integer, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING {TASK}
"""  # noqa: S608 - our own columns
UPDATE = f"""
    UPDATE tasks AS t SET title = $2, updated_at = $3, version = t.version + 1 WHERE t.id = $1 RETURNING {TASK}
"""  # noqa: S608 - our own columns
