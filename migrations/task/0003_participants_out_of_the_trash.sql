-- Who takes part in a task, unless it is in the trash: also who only commented on it.

CREATE OR REPLACE VIEW task.participants_v1 AS
    SELECT t.workspace_id, t.id AS task_id, t.created_by AS person_id FROM task.tasks t WHERE t.deleted_at IS NULL
    UNION
    SELECT t.workspace_id, t.id, a.person_id
      FROM task.tasks t CROSS JOIN LATERAL unnest(t.assignee_ids) AS a (person_id) WHERE t.deleted_at IS NULL
    UNION
    SELECT c.workspace_id, c.task_id, c.author_id
      FROM task.comments c JOIN task.tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id
     WHERE c.deleted_at IS NULL AND t.deleted_at IS NULL;
