-- Tasks that are made again and again, and which task was made for which day: one for each, whatever dies meanwhile.

CREATE TABLE task.recurrences (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    rule text NOT NULL,
    starts_on date NOT NULL,
    at text COLLATE "C" NOT NULL,           -- local time, HH:MM
    time_zone text COLLATE "C" NOT NULL,
    task jsonb NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    problem text COLLATE "C",
    next_on date,
    last_on date,
    last_task_id uuid,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    CHECK ((state = 'active') = (next_on IS NOT NULL))
);
CREATE INDEX recurrences_by_id ON task.recurrences (id);
CREATE INDEX recurrences_of_project ON task.recurrences (workspace_id, project_id, id);

CREATE TABLE task.recurrence_tasks (
    workspace_id uuid NOT NULL,
    recurrence_id uuid NOT NULL,
    day date NOT NULL,
    task_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, recurrence_id, day),
    FOREIGN KEY (workspace_id, recurrence_id) REFERENCES task.recurrences (workspace_id, id) ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE, DELETE ON task.recurrences TO taskyard_task;
GRANT SELECT, INSERT ON task.recurrence_tasks TO taskyard_task;
