-- What a task has by the arrangement of its project. Few tasks have all of it, and an index holds only those that do,
-- so a statement that is to use it says that there is something: label_ids <> '{}', custom <> '{}'.

ALTER TABLE task.tasks
    ADD COLUMN label_ids uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN custom jsonb NOT NULL DEFAULT '{}';
CREATE INDEX tasks_by_label ON task.tasks USING gin (label_ids) WITH (fastupdate = off)
    WHERE deleted_at IS NULL AND label_ids <> '{}';
CREATE INDEX tasks_by_custom ON task.tasks USING gin (custom) WITH (fastupdate = off)
    WHERE deleted_at IS NULL AND custom <> '{}';
