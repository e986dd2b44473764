-- API keys of people and of service accounts. Of the secret only an HMAC is stored, under a key that the database
-- does not know. A service account belongs to the project service, so its id refers to nothing here.

CREATE TABLE auth.api_keys (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,                 -- whom a request with this key is from
    owner_kind text COLLATE "C" NOT NULL CHECK (owner_kind IN ('person', 'service_account')),
    created_by uuid NOT NULL,
    name text NOT NULL,
    prefix text COLLATE "C" NOT NULL,       -- the readable beginning, by which people tell keys apart
    secret_hmac bytea NOT NULL,
    scopes text[] COLLATE "C" NOT NULL,
    project_ids uuid[],                     -- null: no limit
    ip_allow text[] COLLATE "C" NOT NULL,   -- networks it may be used from; none: any
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    replaced_by uuid,
    revoked_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX api_keys_of_owner ON auth.api_keys (owner_id, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_by_change ON auth.api_keys (updated_at);
CREATE INDEX api_keys_revoked ON auth.api_keys (revoked_at) WHERE revoked_at IS NOT NULL;

-- What must be refused although it has not expired: ended sessions and keys, and the keys of people who were disabled.
CREATE VIEW auth.revoked_credentials_v1 AS
    SELECT id AS credential_id, revoked_at FROM auth.sessions WHERE revoked_at IS NOT NULL
    UNION ALL
    SELECT id, revoked_at FROM auth.api_keys WHERE revoked_at IS NOT NULL
    UNION ALL
    SELECT k.id, p.disabled_at FROM auth.people p JOIN auth.api_keys k ON k.owner_id = p.id WHERE p.disabled_at IS NOT NULL;
-- Whoever remembers what a credential stands for looks it up again when its version has grown.
CREATE VIEW auth.changed_credentials_v1 AS
    SELECT id AS credential_id, version, updated_at AS changed_at FROM auth.api_keys;

GRANT SELECT ON auth.revoked_credentials_v1, auth.changed_credentials_v1
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.api_keys TO taskyard_auth;
