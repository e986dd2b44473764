-- Every order of a list is read from an index, however many tasks there are. What few tasks have is indexed where it is
-- there; the tasks without it follow in the order of their ids.

CREATE INDEX tasks_of_workspace_by_update ON task.tasks (workspace_id, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_age ON task.tasks (workspace_id, project_id, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_priority ON task.tasks (workspace_id, project_id, priority, id) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_title ON task.tasks (workspace_id, project_id, lower(title) COLLATE "C", id)
    WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_due ON task.tasks
    (workspace_id, project_id, coalesce(due_on::timestamp, due_at AT TIME ZONE 'UTC'), id)
    WHERE deleted_at IS NULL AND coalesce(due_on::timestamp, due_at AT TIME ZONE 'UTC') IS NOT NULL;
CREATE INDEX tasks_by_due_on ON task.tasks (workspace_id, project_id, due_on, id)
    WHERE deleted_at IS NULL AND due_on IS NOT NULL;
CREATE INDEX tasks_by_due_at ON task.tasks (workspace_id, project_id, due_at, id)
    WHERE deleted_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX tasks_by_start ON task.tasks (workspace_id, project_id, start_on, id)
    WHERE deleted_at IS NULL AND start_on IS NOT NULL;
CREATE INDEX tasks_by_completion ON task.tasks (workspace_id, project_id, completed_at, id)
    WHERE deleted_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX tasks_by_estimate ON task.tasks (workspace_id, project_id, (estimate::float8), id)
    WHERE deleted_at IS NULL AND estimate::float8 IS NOT NULL;

-- Who is to do a task, what it leads to and when it is done: in the order of the latest change. A task is mostly one
-- person's, so the first has an index of their own, and the index of sets holds only what several people share.
CREATE INDEX tasks_by_first_assignee ON task.tasks ((assignee_ids[1]), updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND assignee_ids <> '{}';
CREATE INDEX tasks_by_later_assignees ON task.tasks USING gin ((assignee_ids[2:50])) WITH (fastupdate = off)
    WHERE deleted_at IS NULL AND cardinality(assignee_ids) > 1;
DROP INDEX task.tasks_by_assignee;
DROP INDEX task.tasks_by_milestone;
DROP INDEX task.tasks_by_iteration;
CREATE INDEX tasks_by_milestone ON task.tasks (milestone_id, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND milestone_id IS NOT NULL;
CREATE INDEX tasks_by_iteration ON task.tasks (iteration_id, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND iteration_id IS NOT NULL;
