-- The trash of a project in its order; only what is deleted is in it.

CREATE INDEX tasks_in_trash_of_project ON task.tasks (workspace_id, project_id, deleted_at DESC, id DESC)
    WHERE deleted_at IS NOT NULL;
DROP INDEX task.tasks_in_trash;
