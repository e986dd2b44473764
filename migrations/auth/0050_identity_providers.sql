-- OpenID providers by which people sign in, and what they are called there. An account belongs to (issuer, subject),
-- never to an e-mail address, so it outlives a provider that is deleted and made again.

CREATE TABLE auth.identity_providers (
    id uuid PRIMARY KEY,
    slug text COLLATE "C" NOT NULL,             -- in its addresses
    name text NOT NULL,                         -- on its button
    kind text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    client_id text NOT NULL,
    secret_sealed bytea,                        -- under a key derived from the master key; null: a public client
    scopes text[] COLLATE "C" NOT NULL,
    email_domains text[] COLLATE "C" NOT NULL,  -- of whom it signs in; none: everybody
    group_claim text,                           -- what its tokens call the groups of a person
    redirect_uris text[] COLLATE "C" NOT NULL,  -- of programs that sign people in by the API
    creates_accounts boolean NOT NULL,          -- for people who have none
    trusts_emails boolean NOT NULL,             -- even where it does not say that it verified them
    is_enabled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX identity_providers_by_slug ON auth.identity_providers (slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX identity_providers_by_issuer ON auth.identity_providers (issuer) WHERE deleted_at IS NULL;

CREATE TABLE auth.identities (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES auth.people (id),
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    linked_at timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_of_person ON auth.identities (person_id, id);

ALTER TABLE auth.pending_sign_ins ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}';  -- what was given already

GRANT SELECT, INSERT, UPDATE ON auth.identity_providers TO taskyard_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.identities TO taskyard_auth;
