-- The audit trail: who did what to accounts, keys, members, roles and workspaces, from where and in which request. It is
-- fed from the change log, never changed, and each entry's hash covers the one before it.

-- From which address an event was caused; kept for a day, because only the audit trail needs it for longer.
CREATE TABLE log.event_origins (
    event_id bigint PRIMARY KEY,
    address text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX event_origins_by_age ON log.event_origins (at);
CREATE VIEW log.origins_v1 AS
    SELECT p.position, o.address FROM log.positions p JOIN log.event_origins o ON o.event_id = p.event_id;
GRANT INSERT ON log.event_origins TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification;
GRANT SELECT ON log.origins_v1 TO taskyard_auth;
GRANT SELECT (at), DELETE ON log.event_origins TO taskyard_auth;

-- One chain for each workspace, and one, with an id of zeros, for what concerns accounts.
CREATE TABLE auth.audit_entries (
    chain_id uuid NOT NULL,
    number bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    actor_id uuid,
    person_id uuid,                         -- whose account it is about
    project_id uuid,
    resource_id uuid NOT NULL,
    at timestamptz NOT NULL,
    address text COLLATE "C",
    request_id text COLLATE "C" NOT NULL,
    changes text NOT NULL,                  -- JSON, byte for byte as it was hashed
    hash bytea NOT NULL,
    PRIMARY KEY (chain_id, number)
);
CREATE INDEX audit_entries_of_person ON auth.audit_entries (person_id, number DESC) WHERE person_id IS NOT NULL;

CREATE TABLE auth.audit_heads (
    chain_id uuid PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL
);

GRANT SELECT, INSERT ON auth.audit_entries TO taskyard_auth;
GRANT SELECT, INSERT, UPDATE ON auth.audit_heads TO taskyard_auth;
