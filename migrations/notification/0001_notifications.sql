-- What people are told, one row per person, reason and change.

CREATE TABLE notification.notifications (
    person_id uuid NOT NULL,
    id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    project_id uuid,
    task_id uuid,
    reason text COLLATE "C" NOT NULL,
    actor_id uuid,
    epoch bigint NOT NULL,
    position bigint NOT NULL,               -- of the change that caused it
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (person_id, id),
    UNIQUE (person_id, epoch, position, reason)
);
CREATE INDEX notifications_unread ON notification.notifications (person_id, id) WHERE read_at IS NULL;

GRANT USAGE ON SCHEMA notification TO taskyard_notification;
GRANT SELECT, INSERT, UPDATE, DELETE ON notification.notifications TO taskyard_notification;
