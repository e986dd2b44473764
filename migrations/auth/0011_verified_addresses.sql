-- Which addresses are known to be somebody's, and the links that are mailed.

ALTER TABLE auth.people ADD COLUMN email_verified_at timestamptz;
ALTER TABLE auth.people ADD COLUMN awaits_verification boolean NOT NULL DEFAULT false;  -- and cannot sign in until then

-- One row per link that was mailed. Its token follows from the id by a key, so only a hash is stored.
CREATE TABLE auth.mail_links (
    id uuid PRIMARY KEY,
    purpose text COLLATE "C" NOT NULL CHECK (purpose IN ('verify', 'change', 'reset')),
    person_id uuid NOT NULL REFERENCES auth.people (id),
    credentials_version integer NOT NULL,   -- a later change of credentials makes the link worthless
    email text NOT NULL,                    -- where it was sent
    token_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX mail_links_of_person ON auth.mail_links (person_id);
CREATE INDEX mail_links_by_expiry ON auth.mail_links (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.mail_links TO taskyard_auth;
