-- Archived tasks leave the indexes of lists, boards and what is due; they have two of their own, by the latest change and
-- by state. What leads to tasks by their parent, label, field, milestone or iteration still holds them. The new indexes
-- are there before the old ones go: while they are built tasks can be read, and who writes one waits.

CREATE INDEX tasks_archived ON task.tasks (workspace_id, project_id, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND archived_at IS NOT NULL;
CREATE INDEX tasks_archived_by_status ON task.tasks (workspace_id, project_id, status, id)
    WHERE deleted_at IS NULL AND archived_at IS NOT NULL;

CREATE INDEX live_tasks_by_update ON task.tasks (workspace_id, project_id, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_status ON task.tasks (workspace_id, project_id, status, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_creation ON task.tasks (workspace_id, project_id, created_at DESC, id DESC)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_of_workspace_by_update ON task.tasks (workspace_id, updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_age ON task.tasks (workspace_id, project_id, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_rank ON task.tasks (workspace_id, project_id, status, rank, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_priority ON task.tasks (workspace_id, project_id, priority, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_title ON task.tasks (workspace_id, project_id, lower(title) COLLATE "C", id)
    WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX live_tasks_by_due ON task.tasks
    (workspace_id, project_id, coalesce(due_on::timestamp, due_at AT TIME ZONE 'UTC'), id)
    WHERE deleted_at IS NULL AND archived_at IS NULL
      AND coalesce(due_on::timestamp, due_at AT TIME ZONE 'UTC') IS NOT NULL;
CREATE INDEX live_tasks_by_due_on ON task.tasks (workspace_id, project_id, due_on, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND due_on IS NOT NULL;
CREATE INDEX live_tasks_by_due_at ON task.tasks (workspace_id, project_id, due_at, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX live_tasks_by_start ON task.tasks (workspace_id, project_id, start_on, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND start_on IS NOT NULL;
CREATE INDEX live_tasks_by_completion ON task.tasks (workspace_id, project_id, completed_at, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND completed_at IS NOT NULL;
CREATE INDEX live_tasks_by_estimate ON task.tasks (workspace_id, project_id, (estimate::float8), id)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND estimate::float8 IS NOT NULL;
CREATE INDEX live_tasks_by_first_assignee ON task.tasks ((assignee_ids[1]), updated_at DESC, id DESC)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND assignee_ids <> '{}';
CREATE INDEX live_tasks_by_later_assignees ON task.tasks USING gin ((assignee_ids[2:50])) WITH (fastupdate = off)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND cardinality(assignee_ids) > 1;
CREATE INDEX live_tasks_by_due_date ON task.tasks (due_on)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND due_on IS NOT NULL AND completed_at IS NULL;
CREATE INDEX live_tasks_by_due_instant ON task.tasks (due_at)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND due_at IS NOT NULL AND completed_at IS NULL;

DROP INDEX task.tasks_by_update, task.tasks_by_status, task.tasks_by_creation,
    task.tasks_of_workspace_by_update, task.tasks_by_age, task.tasks_by_rank, task.tasks_by_priority,
    task.tasks_by_title, task.tasks_by_due, task.tasks_by_due_on, task.tasks_by_due_at, task.tasks_by_start,
    task.tasks_by_completion, task.tasks_by_estimate, task.tasks_by_first_assignee, task.tasks_by_later_assignees,
    task.tasks_by_due_date, task.tasks_by_due_instant;
ALTER INDEX task.live_tasks_by_update RENAME TO tasks_by_update;
ALTER INDEX task.live_tasks_by_status RENAME TO tasks_by_status;
ALTER INDEX task.live_tasks_by_creation RENAME TO tasks_by_creation;
ALTER INDEX task.live_tasks_of_workspace_by_update RENAME TO tasks_of_workspace_by_update;
ALTER INDEX task.live_tasks_by_age RENAME TO tasks_by_age;
ALTER INDEX task.live_tasks_by_rank RENAME TO tasks_by_rank;
ALTER INDEX task.live_tasks_by_priority RENAME TO tasks_by_priority;
ALTER INDEX task.live_tasks_by_title RENAME TO tasks_by_title;
ALTER INDEX task.live_tasks_by_due RENAME TO tasks_by_due;
ALTER INDEX task.live_tasks_by_due_on RENAME TO tasks_by_due_on;
ALTER INDEX task.live_tasks_by_due_at RENAME TO tasks_by_due_at;
ALTER INDEX task.live_tasks_by_start RENAME TO tasks_by_start;
ALTER INDEX task.live_tasks_by_completion RENAME TO tasks_by_completion;
ALTER INDEX task.live_tasks_by_estimate RENAME TO tasks_by_estimate;
ALTER INDEX task.live_tasks_by_first_assignee RENAME TO tasks_by_first_assignee;
ALTER INDEX task.live_tasks_by_later_assignees RENAME TO tasks_by_later_assignees;
ALTER INDEX task.live_tasks_by_due_date RENAME TO tasks_by_due_date;
ALTER INDEX task.live_tasks_by_due_instant RENAME TO tasks_by_due_instant;

-- Nothing is due any more of what was put aside.
CREATE VIEW task.due_v2 AS
    SELECT t.workspace_id, t.project_id, t.id AS task_id, t.due_on, t.due_at,
           coalesce(t.due_on::text, extract(epoch FROM t.due_at)::text) AS due,
           CASE WHEN t.assignee_ids = '{}' THEN ARRAY[t.created_by] ELSE t.assignee_ids END AS person_ids
      FROM task.tasks t WHERE t.completed_at IS NULL AND t.deleted_at IS NULL AND t.archived_at IS NULL;
GRANT SELECT ON task.due_v2 TO taskyard_notification;
