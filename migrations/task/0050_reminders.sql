-- What people want to be reminded of, and when; each told once, by a job that is due then.

CREATE TABLE task.reminders (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    person_id uuid NOT NULL,
    remind_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    told_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);
CREATE UNIQUE INDEX reminders_to_come ON task.reminders (workspace_id, task_id, person_id, remind_at)
    WHERE told_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON task.reminders TO taskyard_task;
