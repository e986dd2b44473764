-- Tasks and the counters that number them.

CREATE TABLE task.tasks (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    number integer NOT NULL,
    key text COLLATE "C" NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    status text COLLATE "C" NOT NULL,
    priority smallint NOT NULL DEFAULT 0,   -- 0 none, 1 low, 2 medium, 3 high, 4 urgent
    assignee_ids uuid[] NOT NULL DEFAULT '{}',
    start_on date,
    due_on date,
    due_at timestamptz,
    estimate numeric(10, 2),
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    completed_at timestamptz,
    archived_at timestamptz,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, project_id, number),
    CHECK (due_on IS NULL OR due_at IS NULL)
);
CREATE INDEX tasks_by_id ON task.tasks (id);
CREATE INDEX tasks_by_update ON task.tasks (workspace_id, project_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_status ON task.tasks (workspace_id, project_id, status, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_creation ON task.tasks (workspace_id, project_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX tasks_by_assignee ON task.tasks USING gin (assignee_ids) WITH (fastupdate = off) WHERE deleted_at IS NULL;
CREATE INDEX tasks_in_trash ON task.tasks (workspace_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;

CREATE TABLE task.project_counters (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (workspace_id, project_id)
);

GRANT USAGE ON SCHEMA task TO taskyard_task;
GRANT SELECT, INSERT, UPDATE ON task.tasks, task.project_counters TO taskyard_task;
