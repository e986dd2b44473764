-- How people want to be told, and when somebody's mail about a notification is to leave.

CREATE TABLE notification.preferences (
    person_id uuid PRIMARY KEY,
    id uuid NOT NULL,
    chosen jsonb NOT NULL,                  -- what differs from the defaults, reason by reason
    version integer NOT NULL,
    updated_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON notification.preferences TO taskyard_notification;

ALTER TABLE notification.notifications
    ADD COLUMN mail_due_at timestamptz,     -- null: no mail
    ADD COLUMN mail_id uuid;                -- the one mail it goes out with, once that is decided
CREATE INDEX notifications_to_mail ON notification.notifications (mail_due_at)
    WHERE mail_due_at IS NOT NULL AND mail_id IS NULL;
CREATE INDEX notifications_of_mail ON notification.notifications (mail_id) WHERE mail_id IS NOT NULL;
