-- What reports are read from. A consumer of the change log keeps it: whoever writes tasks does nothing for it, and it
-- can be made anew from the log.

-- Each task as the reports last heard of it.
CREATE TABLE task.standings (
    workspace_id uuid NOT NULL,
    task_id uuid NOT NULL,
    project_id uuid NOT NULL,
    version integer NOT NULL,
    status text COLLATE "C" NOT NULL,
    iteration_id uuid,
    assignee_ids uuid[] NOT NULL,
    estimate numeric(10, 2),
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    is_present boolean NOT NULL,            -- false in the trash
    PRIMARY KEY (workspace_id, task_id)
);
CREATE INDEX standings_by_completion ON task.standings (workspace_id, project_id, completed_at)
    WHERE completed_at IS NOT NULL AND is_present;

-- When a task first was in a state.
CREATE TABLE task.first_entries (
    workspace_id uuid NOT NULL,
    task_id uuid NOT NULL,
    status text COLLATE "C" NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, task_id, status)
);

-- What is counted: the tasks of a project, of an iteration or of a person, by state and by whether they are completed.
CREATE TABLE task.tallied (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    scope text COLLATE "C" NOT NULL CHECK (scope IN ('project', 'iteration', 'person')),
    scope_id uuid NOT NULL,                 -- all zeros for tasks that are nobody's
    status text COLLATE "C" NOT NULL,
    is_completed boolean NOT NULL,
    PRIMARY KEY (workspace_id, project_id, scope, scope_id, status, is_completed)
);

-- How many there were from some instant on, until the next row says otherwise. So the count of any instant, at the end of
-- a day in any time zone, is one row.
CREATE TABLE task.tallies (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    scope_id uuid NOT NULL,
    status text COLLATE "C" NOT NULL,
    is_completed boolean NOT NULL,
    at timestamptz NOT NULL,
    tasks integer NOT NULL,
    estimate numeric(14, 2) NOT NULL,
    PRIMARY KEY (workspace_id, project_id, scope_id, status, is_completed, at)
);

GRANT SELECT, INSERT, UPDATE ON task.standings, task.tallies TO taskyard_task;
GRANT SELECT, INSERT ON task.first_entries, task.tallied TO taskyard_task;
