-- Service accounts: principals of a workspace that are no people. Each has a row in members for its role while it is
-- there, so that the access relation, teams and roles in projects know it as they know everybody.

CREATE TABLE project.service_accounts (
    workspace_id uuid NOT NULL REFERENCES project.workspaces (id),
    id uuid NOT NULL,
    name text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX service_accounts_by_id ON project.service_accounts (id);

ALTER TABLE project.members ADD COLUMN is_service_account boolean NOT NULL DEFAULT false;

-- Those that exist; only an active one is let in.
CREATE VIEW project.service_accounts_v1 AS
    SELECT a.workspace_id, a.id AS account_id, a.disabled_at IS NULL AS is_active
      FROM project.service_accounts a JOIN project.workspaces w ON w.id = a.workspace_id AND w.deleted_at IS NULL
     WHERE a.deleted_at IS NULL;
-- Those that are let in no more, and since when.
CREATE VIEW project.ended_service_accounts_v1 AS
    SELECT a.id AS account_id, least(a.disabled_at, a.deleted_at, w.deleted_at) AS ended_at
      FROM project.service_accounts a JOIN project.workspaces w ON w.id = a.workspace_id
     WHERE a.disabled_at IS NOT NULL OR a.deleted_at IS NOT NULL OR w.deleted_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON project.service_accounts TO taskyard_project;
GRANT SELECT ON project.service_accounts_v1 TO taskyard_auth, taskyard_notification;
GRANT SELECT ON project.access_v1 TO taskyard_auth;
