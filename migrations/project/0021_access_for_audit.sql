-- Who manages the members of a workspace reads its audit trail, which the auth service keeps.

GRANT USAGE ON SCHEMA project TO taskyard_auth;
GRANT SELECT ON project.subjects_v1, project.workspace_access_v1 TO taskyard_auth;
