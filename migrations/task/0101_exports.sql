-- Workspaces carried away: what was asked for, and the file in parts until nobody may fetch it any more.

CREATE TABLE task.exports (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    asked_by uuid NOT NULL,
    format text COLLATE "C" NOT NULL CHECK (format IN ('json', 'csv')),
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
    tasks_done integer NOT NULL,
    tasks_total integer NOT NULL,
    size bigint,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX exports_by_id ON task.exports (id);
CREATE INDEX exports_by_end ON task.exports (expires_at);
CREATE UNIQUE INDEX exports_under_way ON task.exports (workspace_id, asked_by) WHERE finished_at IS NULL;

CREATE TABLE task.export_parts (
    workspace_id uuid NOT NULL,
    export_id uuid NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (workspace_id, export_id, number),
    FOREIGN KEY (workspace_id, export_id) REFERENCES task.exports (workspace_id, id) ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE, DELETE ON task.exports TO taskyard_task;
GRANT SELECT, INSERT, DELETE ON task.export_parts TO taskyard_task;
