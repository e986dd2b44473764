-- OAuth 2.1 and OpenID Connect. What a person allows a client is a session of that client, beside their own. Of
-- secrets, codes and handles only hashes are stored; each single-use thing is used by setting used_at where it is null.

CREATE TABLE auth.oauth_clients (
    id uuid PRIMARY KEY,
    owner_id uuid REFERENCES auth.people (id),      -- null: it registered itself
    name text NOT NULL,
    secret_hash bytea,                              -- null: it cannot keep one
    auth_method text COLLATE "C" NOT NULL CHECK (auth_method IN ('none', 'client_secret_basic', 'client_secret_post')),
    redirect_uris text[] COLLATE "C" NOT NULL,
    post_logout_redirect_uris text[] COLLATE "C" NOT NULL,
    grant_types text[] COLLATE "C" NOT NULL,
    scopes text[] COLLATE "C" NOT NULL,             -- the most it may ask for
    resource text COLLATE "C",                      -- the address of the API it is, for which tokens may be asked
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX oauth_clients_of_owner ON auth.oauth_clients (owner_id, id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX oauth_clients_by_resource ON auth.oauth_clients (resource) WHERE deleted_at IS NULL;
CREATE INDEX oauth_clients_deleted ON auth.oauth_clients (deleted_at) WHERE deleted_at IS NOT NULL;

ALTER TABLE auth.sessions
    ADD COLUMN client_id uuid REFERENCES auth.oauth_clients (id),
    ADD COLUMN parent_id uuid REFERENCES auth.sessions (id) ON DELETE SET NULL,  -- the browser's, in which it was allowed
    ADD COLUMN signed_in_at timestamptz,                                         -- where it is not created_at
    ADD COLUMN scopes text[] COLLATE "C",
    ADD COLUMN resource text COLLATE "C";
CREATE INDEX sessions_of_client ON auth.sessions (client_id) WHERE client_id IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX sessions_by_parent ON auth.sessions (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE auth.oauth_consents (
    person_id uuid NOT NULL REFERENCES auth.people (id),
    client_id uuid NOT NULL REFERENCES auth.oauth_clients (id),
    scopes text[] COLLATE "C" NOT NULL,
    granted_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, client_id)
);

-- Requests that clients pushed before they sent a person (RFC 9126).
CREATE TABLE auth.oauth_requests (
    handle_hash bytea PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES auth.oauth_clients (id),
    parameters jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX oauth_requests_by_expiry ON auth.oauth_requests (expires_at);

CREATE TABLE auth.oauth_codes (
    code_hash bytea PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES auth.oauth_clients (id),
    person_id uuid NOT NULL REFERENCES auth.people (id),
    login_id uuid NOT NULL REFERENCES auth.sessions (id) ON DELETE CASCADE,
    signed_in_at timestamptz NOT NULL,
    redirect_uri text COLLATE "C" NOT NULL,
    scopes text[] COLLATE "C" NOT NULL,
    resource text COLLATE "C",
    nonce text,
    challenge text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    session_id uuid                                 -- what it became; dies when the code comes again
);
CREATE INDEX oauth_codes_by_expiry ON auth.oauth_codes (expires_at);
CREATE INDEX oauth_codes_of_login ON auth.oauth_codes (login_id);

CREATE TABLE auth.oauth_devices (
    device_hash bytea PRIMARY KEY,
    user_code_hash bytea NOT NULL,
    client_id uuid NOT NULL REFERENCES auth.oauth_clients (id),
    scopes text[] COLLATE "C" NOT NULL,
    resource text COLLATE "C",
    expires_at timestamptz NOT NULL,
    pause_seconds integer NOT NULL,
    polled_at timestamptz,
    decision text COLLATE "C" CHECK (decision IN ('allowed', 'denied')),
    person_id uuid REFERENCES auth.people (id),
    signed_in_at timestamptz,
    used_at timestamptz
);
CREATE UNIQUE INDEX oauth_devices_by_user_code ON auth.oauth_devices (user_code_hash);
CREATE INDEX oauth_devices_by_expiry ON auth.oauth_devices (expires_at);

GRANT SELECT, INSERT, UPDATE ON auth.oauth_clients TO taskyard_auth;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON auth.oauth_consents, auth.oauth_requests, auth.oauth_codes, auth.oauth_devices TO taskyard_auth;
