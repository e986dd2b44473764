-- Which jobs make the tasks of copied projects, and whether they are over: the project service lets only so many begin.

CREATE VIEW task.copies_v1 AS
    SELECT workspace_id, id AS job_id, finished_at FROM task.long_jobs WHERE kind = 'duplicate';

GRANT SELECT ON task.copies_v1 TO taskyard_project;
