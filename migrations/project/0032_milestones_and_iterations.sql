-- What a team plans by: milestones that tasks lead to, and iterations that tasks are done in.

CREATE TABLE project.milestones (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    description text NOT NULL,
    due_on date,
    is_closed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id, id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id)
);
CREATE UNIQUE INDEX milestones_by_name ON project.milestones (workspace_id, project_id, name_folded)
    WHERE deleted_at IS NULL;

CREATE TABLE project.iterations (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    goal text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('planned', 'active', 'closed')),
    started_at timestamptz,
    closed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id, id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id),
    CHECK (starts_on <= ends_on)
);
CREATE UNIQUE INDEX iterations_by_name ON project.iterations (workspace_id, project_id, name_folded)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX iterations_under_way ON project.iterations (workspace_id, project_id)
    WHERE deleted_at IS NULL AND state = 'active';
CREATE INDEX iterations_by_id ON project.iterations (id);

CREATE VIEW project.milestones_v1 AS
    SELECT workspace_id, project_id, id AS milestone_id, due_on, is_closed
      FROM project.milestones WHERE deleted_at IS NULL;
CREATE VIEW project.iterations_v1 AS
    SELECT workspace_id, project_id, id AS iteration_id, starts_on, ends_on, state
      FROM project.iterations WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON project.milestones, project.iterations TO taskyard_project;
GRANT SELECT ON project.milestones_v1, project.iterations_v1 TO taskyard_task;
