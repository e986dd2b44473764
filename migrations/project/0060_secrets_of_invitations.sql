-- Whoever holds the secret that an invitation's mail tells may register with its address. Its hash is kept from when the
-- mail is written: before, nobody holds it.

ALTER TABLE project.invitations ADD COLUMN secret_hash bytea;
CREATE UNIQUE INDEX invitations_by_secret ON project.invitations (secret_hash) WHERE secret_hash IS NOT NULL;

CREATE VIEW project.invited_v1 AS
    SELECT i.secret_hash, i.email_folded, i.expires_at
      FROM project.invitations i
      JOIN project.workspaces w ON w.id = i.workspace_id AND w.deleted_at IS NULL
     WHERE i.secret_hash IS NOT NULL;

GRANT SELECT ON project.invited_v1 TO taskyard_auth;
