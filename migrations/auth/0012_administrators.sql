-- Who runs the deployment, and accounts that were deleted: of those only the id is left.

ALTER TABLE auth.people ADD COLUMN is_administrator boolean NOT NULL DEFAULT false;
ALTER TABLE auth.people ADD COLUMN erased_at timestamptz;

-- An account that is the last owner of a workspace cannot be deleted.
GRANT USAGE ON SCHEMA project TO taskyard_auth;
GRANT SELECT ON project.workspace_access_v1, project.subjects_v1 TO taskyard_auth;
