-- A job of many tasks may also make those of one project once more in another.

ALTER TABLE task.long_jobs
    DROP CONSTRAINT long_jobs_kind_check,
    ADD CONSTRAINT long_jobs_kind_check CHECK (kind IN ('bulk', 'duplicate', 'revert'));
