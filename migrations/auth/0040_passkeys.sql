-- Passkeys (Web Authentication): keys of people's devices, to sign in with alone or after the password.

CREATE TABLE auth.passkeys (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES auth.people (id),
    credential_id bytea NOT NULL UNIQUE,    -- how the device calls it
    public_key bytea NOT NULL,              -- COSE (RFC 9052)
    sign_count bigint NOT NULL,             -- what the device counted last; one that counts backwards is a copy
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX passkeys_of_person ON auth.passkeys (person_id, id);

-- Challenges that were answered. They are made without a row, so that strangers cannot fill a table by asking.
CREATE TABLE auth.used_challenges (
    challenge_hash bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX used_challenges_by_expiry ON auth.used_challenges (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.passkeys TO taskyard_auth;
GRANT SELECT, INSERT, DELETE ON auth.used_challenges TO taskyard_auth;
