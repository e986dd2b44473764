-- OAuth clients that act for themselves as a service account. A binding is never changed: other scopes are another one,
-- so that the tokens of the one before end. A service account belongs to the project service; its id refers to nothing here.

CREATE TABLE auth.oauth_bindings (
    id uuid PRIMARY KEY,                            -- the sid of its tokens
    client_id uuid NOT NULL REFERENCES auth.oauth_clients (id),
    account_id uuid NOT NULL,
    scopes text[] COLLATE "C" NOT NULL,             -- the most its tokens may have, beside what the client may ask for
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX oauth_bindings_of_client ON auth.oauth_bindings (client_id) WHERE ended_at IS NULL;
CREATE INDEX oauth_bindings_of_account ON auth.oauth_bindings (account_id, id) WHERE ended_at IS NULL;
CREATE INDEX oauth_bindings_ended ON auth.oauth_bindings (ended_at) WHERE ended_at IS NOT NULL;

-- Their tokens are refused when the binding or the account has ended.
CREATE VIEW auth.revoked_credentials_v3 AS
    SELECT credential_id, revoked_at FROM auth.revoked_credentials_v2
    UNION ALL
    SELECT id, ended_at FROM auth.oauth_bindings WHERE ended_at IS NOT NULL
    UNION ALL
    SELECT b.id, a.ended_at
      FROM project.ended_service_accounts_v1 a
      JOIN auth.oauth_bindings b ON b.account_id = a.account_id AND b.ended_at IS NULL;

GRANT SELECT ON auth.revoked_credentials_v3
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
GRANT SELECT, INSERT, UPDATE ON auth.oauth_bindings TO taskyard_auth;
