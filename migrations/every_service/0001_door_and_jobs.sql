-- What every service keeps beside its own tables; applied once in each service's schema.
-- {role} is the service's database role.

CREATE TABLE idempotency_keys (
    scope bytea PRIMARY KEY,                -- SHA-256 of (principal or address, method, path, query, key)
    fingerprint bytea NOT NULL,             -- SHA-256 of content type and body
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    unique_key text COLLATE "C" UNIQUE,     -- a second job with the same key is not queued
    payload jsonb NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    lease_number bigint NOT NULL DEFAULT 0, -- the fencing number: grows with every claim
    leased_until timestamptz,
    state text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
    last_error text,
    finished_at timestamptz
);
CREATE INDEX jobs_due ON jobs (due_at) WHERE state = 'waiting';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE consumer_cursors (
    consumer text COLLATE "C" PRIMARY KEY,
    epoch bigint NOT NULL,
    position bigint NOT NULL,
    failures integer NOT NULL DEFAULT 0,    -- of the event right after the cursor
    retry_at timestamptz
);

CREATE TABLE dead_letters (
    consumer text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    error text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (consumer, position)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys, jobs, consumer_cursors, dead_letters TO {role};
