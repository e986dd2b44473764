-- What somebody is told may be about a comment on the task.

ALTER TABLE notification.notifications ADD COLUMN comment_id uuid;
