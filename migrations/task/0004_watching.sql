-- Who follows a task: by default whom it concerns, unless they say otherwise.

CREATE TABLE task.watches (
    workspace_id uuid NOT NULL,
    task_id uuid NOT NULL,
    person_id uuid NOT NULL,
    id uuid NOT NULL,
    is_watching boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, task_id, person_id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);

-- Who made a task, is to do it, commented on it or was mentioned there watches it, and who asked to; not who declined.
CREATE VIEW task.watchers_v1 AS
    SELECT w.workspace_id, w.task_id, w.person_id
      FROM (SELECT workspace_id, task_id, person_id FROM task.participants_v1
             UNION
            SELECT c.workspace_id, c.task_id, m.person_id
              FROM task.comments c
              JOIN task.tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id
             CROSS JOIN LATERAL unnest(c.mentioned_ids) AS m (person_id)
             WHERE c.deleted_at IS NULL AND t.deleted_at IS NULL
             UNION
            SELECT f.workspace_id, f.task_id, f.person_id
              FROM task.watches f JOIN task.tasks t ON t.workspace_id = f.workspace_id AND t.id = f.task_id
             WHERE f.is_watching AND t.deleted_at IS NULL) w
     WHERE NOT EXISTS (SELECT FROM task.watches n
                        WHERE n.workspace_id = w.workspace_id AND n.task_id = w.task_id
                          AND n.person_id = w.person_id AND NOT n.is_watching);

GRANT SELECT, INSERT, UPDATE ON task.watches TO taskyard_task;
GRANT SELECT ON task.watchers_v1 TO taskyard_task, taskyard_notification;
