-- The small steps of a task, in the order that people give them.

CREATE TABLE task.checklist_items (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    title text NOT NULL,
    is_done boolean NOT NULL DEFAULT false,
    rank text COLLATE "C" NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);
CREATE INDEX checklist_items_by_id ON task.checklist_items (id);
CREATE UNIQUE INDEX checklist_items_of_task ON task.checklist_items (workspace_id, task_id, rank)
    WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON task.checklist_items TO taskyard_task;
