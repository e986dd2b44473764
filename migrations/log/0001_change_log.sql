-- The change log: every change of every service, written in the transaction of the change.
-- Service roles may only INSERT; taskyard_sequencer alone gives positions.

CREATE TABLE log.events (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    type text COLLATE "C" NOT NULL,
    workspace_id uuid,                      -- null for events of an account
    project_id uuid,                        -- null for events of a workspace or an account
    audience_id uuid,                       -- when set, only this person may see the event
    resource_id uuid NOT NULL,
    version integer NOT NULL,
    actor_id uuid,
    origin text COLLATE "C" NOT NULL CHECK (origin IN ('api', 'automation', 'import', 'revert')),
    request_id text NOT NULL,
    at timestamptz NOT NULL,
    data jsonb NOT NULL,                    -- the resource after the change (ids, never names or secrets)
    changes jsonb NOT NULL                  -- {"field": {"from": .., "to": ..}}
);

-- Committed events that have no position yet.
CREATE TABLE log.event_queue (
    event_id bigint PRIMARY KEY,
    workspace_id uuid,
    project_id uuid,
    audience_id uuid
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

CREATE TABLE log.positions (
    position bigint PRIMARY KEY,
    event_id bigint NOT NULL,
    workspace_id uuid,
    project_id uuid,
    audience_id uuid
);
CREATE INDEX positions_of_project ON log.positions (workspace_id, project_id, position);
CREATE INDEX positions_of_audience ON log.positions (audience_id, position) WHERE audience_id IS NOT NULL;

CREATE TABLE log.head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    epoch bigint NOT NULL,
    last_position bigint NOT NULL
);
INSERT INTO log.head (epoch, last_position) VALUES (extract(epoch FROM clock_timestamp())::bigint, 0);

-- Leases for work that one process at a time should do. The number fences off a late holder.
CREATE TABLE log.leases (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    number bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE VIEW log.head_v1 AS SELECT epoch, last_position FROM log.head;

CREATE VIEW log.events_v1 AS
    SELECT p.position, p.workspace_id, p.project_id, p.audience_id, e.type, e.resource_id,
           e.version, e.actor_id, e.origin, e.request_id, e.at, e.data, e.changes
      FROM log.positions p JOIN log.events e ON e.id = p.event_id;

GRANT USAGE ON SCHEMA log TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification,
    taskyard_gateway, taskyard_sequencer;
GRANT INSERT ON log.events, log.event_queue
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification;
-- INSERT ... RETURNING id needs to read that one column.
GRANT SELECT (id) ON log.events
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification;
GRANT SELECT ON log.head_v1, log.events_v1
    TO taskyard_auth, taskyard_project, taskyard_task, taskyard_notification;
GRANT SELECT, INSERT, UPDATE, DELETE ON log.leases TO taskyard_sequencer;
GRANT SELECT, UPDATE ON log.head TO taskyard_sequencer;
GRANT SELECT, DELETE ON log.event_queue TO taskyard_sequencer;
GRANT INSERT ON log.positions TO taskyard_sequencer;
