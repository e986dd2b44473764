-- People, their passwords, sessions and the keys that sign tokens.

CREATE TABLE auth.people (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    email_folded text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    locale text NOT NULL DEFAULT 'en',
    password_hash text,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE auth.sessions (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES auth.people (id),
    created_at timestamptz NOT NULL,        -- the time of sign-in
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,        -- absolute
    address inet,
    user_agent text,
    revoked_at timestamptz,
    revoked_reason text COLLATE "C"
);
CREATE INDEX sessions_of_person ON auth.sessions (person_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_revoked ON auth.sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON auth.sessions (expires_at);

-- One row per refresh token ever issued; only hashes are stored.
CREATE TABLE auth.refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES auth.sessions (id),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_tokens_of_session ON auth.refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON auth.refresh_tokens (expires_at);

-- RS256 keys for access tokens. The private half is encrypted under a key derived from the master key.
CREATE TABLE auth.signing_keys (
    kid text COLLATE "C" PRIMARY KEY,
    public_jwk jsonb NOT NULL,
    private_key_encrypted bytea NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('next', 'active', 'retiring')),
    created_at timestamptz NOT NULL,
    state_since timestamptz NOT NULL
);
CREATE UNIQUE INDEX signing_keys_one_active ON auth.signing_keys (state) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_one_next ON auth.signing_keys (state) WHERE state = 'next';

-- Ed25519 keys by which services prove themselves to each other (60-second assertions).
CREATE TABLE auth.service_keys (
    service text COLLATE "C" PRIMARY KEY,
    public_key bytea NOT NULL
);

-- Attempts reserved before a password is hashed, per account and per network. A failed one stays
-- counted, a pending one is decided soon, a right one is given back.
CREATE TABLE auth.login_attempts (
    budget text COLLATE "C" NOT NULL,       -- 'account:<hash of the address>' or 'network:<prefix>'
    window_start timestamptz NOT NULL,
    allowed integer NOT NULL,
    failed integer NOT NULL,
    pending integer NOT NULL,
    PRIMARY KEY (budget, window_start)
);
CREATE INDEX login_attempts_by_age ON auth.login_attempts (window_start);

CREATE VIEW auth.signing_keys_v1 AS SELECT kid, public_jwk FROM auth.signing_keys;
CREATE VIEW auth.service_keys_v1 AS SELECT service, public_key FROM auth.service_keys;
-- Sessions whose access tokens must be refused although they have not expired.
CREATE VIEW auth.revoked_sessions_v1 AS
    SELECT id AS session_id, revoked_at FROM auth.sessions WHERE revoked_at IS NOT NULL;

GRANT USAGE ON SCHEMA auth TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
GRANT SELECT ON auth.signing_keys_v1, auth.service_keys_v1, auth.revoked_sessions_v1
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification, taskyard_gateway;
GRANT SELECT, INSERT, UPDATE ON auth.people TO taskyard_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.sessions, auth.refresh_tokens, auth.signing_keys, auth.login_attempts
    TO taskyard_auth;
