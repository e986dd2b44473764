-- Whether a credential comes of a sign-in with a second factor: workspaces may ask for one. Keys that were there before are
-- not known to, and are rotated in such a sign-in.

ALTER TABLE auth.api_keys ADD COLUMN is_strong boolean NOT NULL DEFAULT false;

CREATE VIEW auth.browser_sessions_v2 AS
    SELECT b.*, 'mfa' = ANY(s.methods) AS is_strong
      FROM auth.browser_sessions_v1 b JOIN auth.sessions s ON s.id = b.session_id;

GRANT SELECT ON auth.browser_sessions_v2 TO taskyard_gateway;
