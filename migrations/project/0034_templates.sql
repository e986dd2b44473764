-- What a new task may begin with.

CREATE TABLE project.templates (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    description text NOT NULL,
    priority text COLLATE "C" NOT NULL CHECK (priority IN ('none', 'low', 'medium', 'high', 'urgent')),
    label_ids uuid[] NOT NULL,
    estimate numeric(10, 2),
    custom jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id, id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id)
);
CREATE UNIQUE INDEX templates_by_name ON project.templates (workspace_id, project_id, name_folded)
    WHERE deleted_at IS NULL;

CREATE VIEW project.templates_v1 AS
    SELECT workspace_id, project_id, id AS template_id, description, priority, label_ids, estimate, custom
      FROM project.templates WHERE deleted_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON project.templates TO taskyard_project;
GRANT SELECT ON project.templates_v1 TO taskyard_task;
