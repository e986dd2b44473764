-- Workspaces, their people and teams, projects, and the access relation every service decides by.

CREATE TABLE project.workspaces (
    id uuid PRIMARY KEY,
    slug text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1
);

-- A role is a list of permissions (bits of contracts.access.Permission) and a subject of the access relation.
CREATE TABLE project.roles (
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,          -- owner, admin, member, viewer, guest, or a custom role's
    name text NOT NULL,
    permissions bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, key)
);
CREATE INDEX roles_by_id ON project.roles (id);

CREATE TABLE project.members (
    id uuid NOT NULL DEFAULT gen_random_uuid(),     -- the membership; who leaves and returns has a new one
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    person_id uuid NOT NULL,
    role_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, person_id),
    FOREIGN KEY (workspace_id, role_id) REFERENCES project.roles (workspace_id, id)
);
CREATE INDEX members_by_person ON project.members (person_id);

-- Open invitations only: accepting or withdrawing one deletes it, so that no address outlives its purpose.
CREATE TABLE project.invitations (
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    id uuid NOT NULL,
    email_folded text COLLATE "C" NOT NULL,
    role_id uuid NOT NULL,
    invited_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, role_id) REFERENCES project.roles (workspace_id, id)
);
CREATE UNIQUE INDEX invitations_open ON project.invitations (workspace_id, email_folded);
CREATE INDEX invitations_by_email ON project.invitations (email_folded);
CREATE INDEX invitations_by_id ON project.invitations (id);

CREATE TABLE project.teams (
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX teams_by_name ON project.teams (workspace_id, name_folded) WHERE deleted_at IS NULL;
CREATE INDEX teams_by_id ON project.teams (id);

CREATE TABLE project.team_members (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    workspace_id uuid NOT NULL,
    team_id uuid NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, team_id, person_id),
    FOREIGN KEY (workspace_id, team_id) REFERENCES project.teams (workspace_id, id)
);
CREATE INDEX team_members_by_person ON project.team_members (workspace_id, person_id);

CREATE TABLE project.projects (
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    visibility text COLLATE "C" NOT NULL CHECK (visibility IN ('private', 'workspace')),
    lead_id uuid,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX projects_by_key ON project.projects (workspace_id, key) WHERE deleted_at IS NULL;
CREATE INDEX projects_by_id ON project.projects (id);

-- A person's or team's own role in one project.
CREATE TABLE project.project_members (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    role_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, project_id, subject_id),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id),
    FOREIGN KEY (workspace_id, role_id) REFERENCES project.roles (workspace_id, id)
);
CREATE INDEX project_members_by_subject ON project.project_members (workspace_id, subject_id);

CREATE TABLE project.states (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    category text COLLATE "C" NOT NULL CHECK (category IN ('backlog', 'todo', 'in_progress', 'done', 'cancelled')),
    rank integer NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, project_id, id),
    UNIQUE (workspace_id, project_id, key),
    FOREIGN KEY (workspace_id, project_id) REFERENCES project.projects (workspace_id, id)
);

-- The access relation. Kept in the same transaction as its causes. A subject is a person,
-- a service account, a team or a workspace role. A project in the trash has no rows here.
CREATE TABLE project.access (
    workspace_id uuid NOT NULL,
    project_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    permissions bigint NOT NULL,
    PRIMARY KEY (workspace_id, project_id, subject_id)
);
CREATE INDEX access_by_subject ON project.access (subject_id, workspace_id, project_id) INCLUDE (permissions);

-- Which subjects a person acts as: themselves, their teams, their role in each workspace.
CREATE TABLE project.subjects (
    person_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    PRIMARY KEY (person_id, workspace_id, subject_id)
);
CREATE INDEX subjects_by_subject ON project.subjects (subject_id, person_id);

CREATE VIEW project.access_v1 AS SELECT workspace_id, project_id, subject_id, permissions FROM project.access;
CREATE VIEW project.subjects_v1 AS SELECT person_id, subject_id, workspace_id FROM project.subjects;
CREATE VIEW project.workspace_access_v1 AS
    SELECT r.workspace_id, r.id AS subject_id, r.permissions
      FROM project.roles r JOIN project.workspaces w ON w.id = r.workspace_id WHERE w.deleted_at IS NULL;
CREATE VIEW project.workspaces_v1 AS
    SELECT id AS workspace_id, slug FROM project.workspaces WHERE deleted_at IS NULL;
CREATE VIEW project.projects_v1 AS
    SELECT workspace_id, id AS project_id, key, archived_at FROM project.projects WHERE deleted_at IS NULL;
CREATE VIEW project.states_v1 AS
    SELECT workspace_id, project_id, key, category, rank, is_default FROM project.states;

GRANT USAGE ON SCHEMA project TO taskyard_project, taskyard_task, taskyard_notification;
GRANT SELECT ON project.access_v1, project.subjects_v1, project.workspace_access_v1, project.workspaces_v1,
    project.projects_v1, project.states_v1 TO taskyard_project, taskyard_task, taskyard_notification;
GRANT SELECT, INSERT, UPDATE ON project.workspaces, project.roles, project.teams, project.projects,
    project.states TO taskyard_project;
GRANT SELECT, INSERT, UPDATE, DELETE ON project.members, project.invitations, project.team_members,
    project.project_members, project.access, project.subjects TO taskyard_project;
