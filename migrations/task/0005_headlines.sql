-- What a task is called and when it is due, for whoever tells people of it.

CREATE VIEW task.headlines_v1 AS
    SELECT workspace_id, project_id, id AS task_id, key, title, due_on, due_at FROM task.tasks WHERE deleted_at IS NULL;
GRANT SELECT ON task.headlines_v1 TO taskyard_notification;
