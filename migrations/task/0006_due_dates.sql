-- Which open tasks are due when, and whose concern that is: who is to do them, or who made what is nobody's yet.

CREATE INDEX tasks_by_due_date ON task.tasks (due_on)
    WHERE due_on IS NOT NULL AND completed_at IS NULL AND deleted_at IS NULL;
CREATE INDEX tasks_by_due_instant ON task.tasks (due_at)
    WHERE due_at IS NOT NULL AND completed_at IS NULL AND deleted_at IS NULL;

CREATE VIEW task.due_v1 AS
    SELECT t.workspace_id, t.project_id, t.id AS task_id, t.due_on, t.due_at,
           coalesce(t.due_on::text, extract(epoch FROM t.due_at)::text) AS due,
           CASE WHEN t.assignee_ids = '{}' THEN ARRAY[t.created_by] ELSE t.assignee_ids END AS person_ids
      FROM task.tasks t WHERE t.completed_at IS NULL AND t.deleted_at IS NULL;
GRANT SELECT ON task.due_v1 TO taskyard_notification;
