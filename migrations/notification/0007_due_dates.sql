-- What no change caused but a date that has come: told once for each date.

ALTER TABLE notification.notifications
    ALTER COLUMN epoch DROP NOT NULL,
    ALTER COLUMN position DROP NOT NULL,
    ADD COLUMN due text COLLATE "C",        -- the date or instant, where that is the cause
    ADD CHECK ((position IS NULL) = (epoch IS NULL) AND (position IS NULL) <> (due IS NULL));
CREATE UNIQUE INDEX notifications_of_due_dates ON notification.notifications (person_id, task_id, reason, due)
    WHERE due IS NOT NULL;
