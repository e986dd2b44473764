-- A task may be part of another task of its project.

ALTER TABLE task.tasks ADD COLUMN parent_id uuid;
ALTER TABLE task.tasks ADD FOREIGN KEY (workspace_id, parent_id) REFERENCES task.tasks (workspace_id, id);
CREATE INDEX tasks_by_parent ON task.tasks (workspace_id, parent_id, number)
    WHERE parent_id IS NOT NULL AND deleted_at IS NULL;
