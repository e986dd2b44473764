-- Where a task is, for whoever is asked what somebody may do with it.

CREATE VIEW task.places_v1 AS
    SELECT workspace_id, project_id, id AS task_id FROM task.tasks WHERE deleted_at IS NULL;
GRANT USAGE ON SCHEMA task TO taskyard_project;
GRANT SELECT ON task.places_v1 TO taskyard_project;
