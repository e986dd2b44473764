-- How tasks relate: each relation is a row for either end, told from there, under one id.

CREATE TABLE task.relations (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    kind text COLLATE "C" NOT NULL
        CHECK (kind IN ('blocks', 'blocked_by', 'relates_to', 'duplicates', 'duplicated_by')),
    target_id uuid NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, task_id, id),
    UNIQUE (workspace_id, task_id, kind, target_id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id),
    FOREIGN KEY (workspace_id, target_id) REFERENCES task.tasks (workspace_id, id)
);

GRANT SELECT, INSERT, DELETE ON task.relations TO taskyard_task;
