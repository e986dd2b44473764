-- Files that hang on tasks. A row says what a file is; what is in it is kept outside of the database, by the row's id.
-- Rows go with their task when it is deleted for good, and files without a row are collected.

CREATE TABLE task.attachments (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    sha256 text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX attachments_by_id ON task.attachments (id);
CREATE INDEX attachments_of_task ON task.attachments (workspace_id, task_id, id) WHERE deleted_at IS NULL;
CREATE INDEX attachments_sizes ON task.attachments (workspace_id) INCLUDE (size) WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON task.attachments TO taskyard_task;
