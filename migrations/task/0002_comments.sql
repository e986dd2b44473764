-- What people say about tasks. The project is the task's, so that a comment needs no word when its task moves.

CREATE TABLE task.comments (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    author_id uuid NOT NULL,
    body text NOT NULL,
    mentioned_ids uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    edited_at timestamptz,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, task_id) REFERENCES task.tasks (workspace_id, id)
);
CREATE INDEX comments_by_id ON task.comments (id);
CREATE INDEX comments_of_task ON task.comments (workspace_id, task_id, created_at, id) WHERE deleted_at IS NULL;

-- Whom a task concerns: who made it, who is to do it, who commented on it.
CREATE VIEW task.participants_v1 AS
    SELECT t.workspace_id, t.id AS task_id, t.created_by AS person_id FROM task.tasks t WHERE t.deleted_at IS NULL
    UNION
    SELECT t.workspace_id, t.id, a.person_id
      FROM task.tasks t CROSS JOIN LATERAL unnest(t.assignee_ids) AS a (person_id) WHERE t.deleted_at IS NULL
    UNION
    SELECT c.workspace_id, c.task_id, c.author_id FROM task.comments c WHERE c.deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON task.comments TO taskyard_task;
GRANT USAGE ON SCHEMA task TO taskyard_notification;
GRANT SELECT ON task.participants_v1 TO taskyard_notification;
