-- What is to be done in a project, for whoever counts it: no task by its words.

CREATE VIEW task.workload_v1 AS
    SELECT workspace_id, project_id, id AS task_id, status, assignee_ids <> '{}' AS is_assigned,
           completed_at IS NOT NULL AS is_completed, due_on, due_at, estimate
      FROM task.tasks WHERE deleted_at IS NULL AND archived_at IS NULL;
GRANT USAGE ON SCHEMA task TO taskyard_project;
GRANT SELECT ON task.workload_v1 TO taskyard_project;
