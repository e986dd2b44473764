-- What a task leads to and when it is done. As with labels, an index holds only tasks that have it.

ALTER TABLE task.tasks ADD COLUMN milestone_id uuid, ADD COLUMN iteration_id uuid;
CREATE INDEX tasks_by_milestone ON task.tasks (milestone_id) WHERE deleted_at IS NULL AND milestone_id IS NOT NULL;
CREATE INDEX tasks_by_iteration ON task.tasks (iteration_id) WHERE deleted_at IS NULL AND iteration_id IS NOT NULL;
