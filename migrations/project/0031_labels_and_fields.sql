-- Labels, and the fields that a team gives its tasks besides those that every task has.

CREATE TABLE project.labels (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    color text COLLATE "C" NOT NULL,
    group_name text,                            -- a task has at most one label of a group
    group_folded text COLLATE "C",
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id, id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id)
);
CREATE UNIQUE INDEX labels_by_name ON project.labels (workspace_id, project_id, name_folded) WHERE deleted_at IS NULL;

-- A key is given once, so that what tasks hold under it never changes its meaning.
CREATE TABLE project.fields (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN
        ('text', 'number', 'bool', 'date', 'instant', 'select', 'multi_select', 'person', 'url')),
    is_required boolean NOT NULL,
    options text[] NOT NULL,
    default_value jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id, id),
    UNIQUE (workspace_id, project_id, key),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id)
);

CREATE VIEW project.labels_v1 AS
    SELECT workspace_id, project_id, id AS label_id, name, name_folded, group_folded
      FROM project.labels WHERE deleted_at IS NULL;
CREATE VIEW project.fields_v1 AS
    SELECT workspace_id, project_id, id AS field_id, key, kind, is_required, options, default_value
      FROM project.fields WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON project.labels, project.fields TO taskyard_project;
GRANT SELECT ON project.labels_v1, project.fields_v1 TO taskyard_task;
