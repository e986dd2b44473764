-- The keys that tasks had in projects they are not in any more, by which they are still found.

CREATE TABLE task.former_keys (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    number integer NOT NULL,
    task_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, project_id, number),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);

GRANT SELECT, INSERT ON task.former_keys TO taskyard_task;

SELECT raise_walls();
