-- Copies of projects that get tasks: so many of a workspace may be under way, counted before the task service has heard of them.

CREATE TABLE project.copies (
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    job_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, job_id)
);

GRANT SELECT, INSERT, DELETE ON project.copies TO taskyard_project;

SELECT raise_walls();
