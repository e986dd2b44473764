-- Tasks that come from elsewhere: what was handed in, row by row, and by which name elsewhere a task is known.

CREATE TABLE task.imports (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    asked_by uuid NOT NULL,
    format text COLLATE "C" NOT NULL,
    is_dry_run boolean NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
    rows_total integer NOT NULL,
    created integer NOT NULL DEFAULT 0,
    present integer NOT NULL DEFAULT 0,
    refused integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX imports_by_id ON task.imports (id);
CREATE INDEX imports_by_end ON task.imports (expires_at);

CREATE TABLE task.import_rows (
    workspace_id uuid NOT NULL,
    import_id uuid NOT NULL,
    place integer NOT NULL,                 -- in which they are taken: parents first
    line integer NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    cells jsonb NOT NULL,
    outcome text COLLATE "C" CHECK (outcome IN ('created', 'present', 'refused')),
    notes text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, import_id, place),
    FOREIGN KEY (workspace_id, import_id) REFERENCES task.imports (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX import_rows_to_do ON task.import_rows (workspace_id, import_id, place) WHERE outcome IS NULL;
CREATE INDEX import_rows_with_notes ON task.import_rows (workspace_id, import_id, line) WHERE notes <> '{}';

CREATE TABLE task.external_ids (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    task_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, project_id, external_id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON task.imports, task.import_rows TO taskyard_task;
GRANT SELECT, INSERT ON task.external_ids TO taskyard_task;
