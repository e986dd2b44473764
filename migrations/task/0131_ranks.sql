-- Where a task stands in its column of the board: by its number, until somebody moves it.

ALTER TABLE task.tasks ADD COLUMN rank text COLLATE "C" NOT NULL DEFAULT '';
UPDATE task.tasks t
   SET rank = (SELECT string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
                                        ((28400117792 + t.number) / power(62, digit)::bigint % 62)::integer + 1, 1), ''
                                 ORDER BY digit DESC)
                 FROM generate_series(0, 5) AS digit);
CREATE INDEX tasks_by_rank ON task.tasks (workspace_id, project_id, status, rank, id) WHERE deleted_at IS NULL;
