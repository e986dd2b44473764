-- Comments that answer others, and what people say to a comment with one sign.

ALTER TABLE task.comments ADD COLUMN reply_to uuid;     -- the first comment of the thread
ALTER TABLE task.comments ADD FOREIGN KEY (workspace_id, reply_to) REFERENCES task.comments (workspace_id, id);
CREATE INDEX comments_of_thread ON task.comments (workspace_id, task_id, reply_to, created_at, id)
    WHERE reply_to IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE task.reactions (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    comment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    emoji text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, comment_id, id),
    UNIQUE (workspace_id, comment_id, person_id, emoji),
    FOREIGN KEY (workspace_id, comment_id) REFERENCES task.comments (workspace_id, id)
);

GRANT SELECT, INSERT, DELETE ON task.reactions TO taskyard_task;
