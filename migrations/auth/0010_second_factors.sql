-- Second factors, recovery codes, and sign-ins that wait for one of them.

ALTER TABLE auth.people ADD COLUMN credentials_version integer NOT NULL DEFAULT 1;  -- what a sign-in was begun with
ALTER TABLE auth.sessions ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}';       -- how it was begun (RFC 8176)

CREATE TABLE auth.totp (
    person_id uuid PRIMARY KEY REFERENCES auth.people (id),
    id uuid NOT NULL,
    seed_sealed bytea NOT NULL,             -- under a key derived from the master key
    begun_at timestamptz NOT NULL,
    confirmed_at timestamptz,               -- null until a first code was right
    last_step bigint NOT NULL DEFAULT 0     -- the latest time step whose code was used
);

CREATE TABLE auth.recovery_codes (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES auth.people (id),
    code_hash bytea NOT NULL UNIQUE,        -- HMAC under a key derived from the master key
    used_at timestamptz
);
CREATE INDEX recovery_codes_of_person ON auth.recovery_codes (person_id);

-- The password was right, and a second factor is awaited.
CREATE TABLE auth.pending_sign_ins (
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    person_id uuid NOT NULL REFERENCES auth.people (id),
    credentials_version integer NOT NULL,
    expires_at timestamptz NOT NULL,
    wrong_codes integer NOT NULL DEFAULT 0
);
CREATE INDEX pending_sign_ins_by_expiry ON auth.pending_sign_ins (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.totp, auth.recovery_codes, auth.pending_sign_ins TO taskyard_auth;
