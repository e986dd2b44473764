-- Work on many tasks that somebody asked for: how far it is, and what became of each task.

CREATE TABLE task.long_jobs (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    asked_by uuid NOT NULL,
    project_ids uuid[],                     -- what the asker's credential was limited to
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('bulk', 'revert')),
    operation jsonb,                        -- what is done to each task
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'failed')),
    total integer NOT NULL DEFAULT 0,
    changed integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    request_id text NOT NULL,
    created_at timestamptz NOT NULL,
    starts_at timestamptz NOT NULL,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX long_jobs_by_id ON task.long_jobs (id);
CREATE INDEX long_jobs_by_end ON task.long_jobs (expires_at);
CREATE INDEX long_jobs_under_way ON task.long_jobs (asked_by) WHERE finished_at IS NULL;

CREATE TABLE task.long_job_items (
    workspace_id uuid NOT NULL,
    job_id uuid NOT NULL,
    place integer NOT NULL,
    task_id uuid NOT NULL,
    change_id bigint,                       -- what is undone of the task
    outcome text COLLATE "C" CHECK (outcome IN ('changed', 'unchanged', 'refused')),
    code text COLLATE "C",
    detail text,
    PRIMARY KEY (workspace_id, job_id, place),
    FOREIGN KEY (workspace_id, job_id) REFERENCES task.long_jobs (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX long_job_items_to_do ON task.long_job_items (workspace_id, job_id, place) WHERE outcome IS NULL;
CREATE INDEX long_job_items_refused ON task.long_job_items (workspace_id, job_id, place) WHERE outcome = 'refused';

GRANT SELECT, INSERT, UPDATE, DELETE ON task.long_jobs, task.long_job_items TO taskyard_task;

SELECT raise_walls();
