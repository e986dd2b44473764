-- How long people worked on a task. An entry without its seconds is a timer that runs, and nobody has two.

CREATE TABLE task.time_entries (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    person_id uuid NOT NULL,
    started_at timestamptz NOT NULL,
    seconds integer CHECK (seconds >= 0),
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);
CREATE INDEX time_entries_by_id ON task.time_entries (id);
CREATE INDEX time_entries_of_task ON task.time_entries (workspace_id, task_id, started_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX time_entries_running ON task.time_entries (person_id) WHERE seconds IS NULL AND deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON task.time_entries TO taskyard_task;
