-- Single tasks that are given to people, whatever they may do in the project. It follows the task wherever that goes.

CREATE TABLE task.grants (
    workspace_id uuid NOT NULL,
    task_id uuid NOT NULL,
    person_id uuid NOT NULL,
    id uuid NOT NULL,
    permissions integer NOT NULL CHECK (permissions & 1 <> 0),
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, task_id, person_id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);
CREATE INDEX grants_of_person ON task.grants (person_id, id);

-- Whoever asks joins project.subjects_v1: who left the workspace has nothing there, whatever is written here.
CREATE VIEW task.grants_v1 AS SELECT workspace_id, task_id, person_id, permissions FROM task.grants;

GRANT SELECT, INSERT, UPDATE, DELETE ON task.grants TO taskyard_task;
GRANT SELECT ON task.grants_v1 TO taskyard_task, taskyard_project, taskyard_notification;

SELECT raise_walls();
