-- Lists that people keep: a query with an order, of a project or of everything they see, for themselves or for all who
-- see the project.

CREATE TABLE task.views (
    id uuid PRIMARY KEY,
    workspace_id uuid,                      -- with project_id
    project_id uuid,
    name text NOT NULL,
    filter text NOT NULL,
    sort text COLLATE "C" NOT NULL,
    layout text COLLATE "C" NOT NULL CHECK (layout IN ('list', 'board')),
    columns text[] COLLATE "C" NOT NULL,
    is_shared boolean NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CHECK ((workspace_id IS NULL) = (project_id IS NULL)),
    CHECK (project_id IS NOT NULL OR NOT is_shared)
);
CREATE INDEX views_of_person ON task.views (created_by, id);
CREATE INDEX views_of_project ON task.views (workspace_id, project_id, id) WHERE is_shared;

GRANT SELECT, INSERT, UPDATE, DELETE ON task.views TO taskyard_task;
