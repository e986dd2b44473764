-- What people do with what they were told: put it away for a time, or for good.

ALTER TABLE notification.notifications
    ADD COLUMN snoozed_until timestamptz,
    ADD COLUMN archived_at timestamptz;
CREATE INDEX notifications_inbox ON notification.notifications (person_id, id) WHERE archived_at IS NULL;
