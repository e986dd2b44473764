-- Webhooks: where changes are sent, each to each as a row of its own until somebody took it.

CREATE TABLE notification.webhooks (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    events text[] NOT NULL,                 -- types of events, or beginnings that end in *
    project_ids uuid[],                     -- null: every project that acts_for sees
    state text COLLATE "C" NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    state_reason text COLLATE "C",          -- why it is not active
    created_by uuid NOT NULL,
    acts_for uuid NOT NULL,                 -- whose sight it has
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    sealed_secret bytea NOT NULL,           -- for the id
    previous_sealed_secret bytea,           -- the one before it, as long as both sign
    previous_secret_until timestamptz,
    starts_after bigint NOT NULL,           -- the end of the log when it was made
    failures integer NOT NULL DEFAULT 0,    -- in a row
    open_until timestamptz,                 -- nothing is sent before
    deleted_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX webhooks_of_workspace ON notification.webhooks (workspace_id, id) WHERE deleted_at IS NULL;

CREATE TABLE notification.deliveries (
    id uuid PRIMARY KEY,                    -- the message's id, which follows from the event and the webhook
    workspace_id uuid NOT NULL,
    webhook_id uuid NOT NULL REFERENCES notification.webhooks (id),
    position bigint,                        -- of the event; null for a test
    lane text COLLATE "C" NOT NULL,         -- what waits for what: the task, or the thing itself
    type text COLLATE "C" NOT NULL,
    resource_id uuid NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,    -- of the present schedule
    lease_number bigint NOT NULL DEFAULT 0, -- the fencing number, and the number of the attempt
    leased_until timestamptz,
    last_status smallint,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE UNIQUE INDEX deliveries_of_event ON notification.deliveries (webhook_id, position);
CREATE INDEX deliveries_of_webhook ON notification.deliveries (webhook_id, id);
CREATE INDEX deliveries_due ON notification.deliveries (webhook_id, due_at, position) WHERE state = 'waiting';
CREATE INDEX deliveries_in_order ON notification.deliveries (webhook_id, lane, position) WHERE state = 'waiting';
CREATE INDEX deliveries_under_way ON notification.deliveries (webhook_id) WHERE leased_until IS NOT NULL;
CREATE INDEX deliveries_by_age ON notification.deliveries (created_at);

CREATE TABLE notification.delivery_attempts (
    workspace_id uuid NOT NULL,
    delivery_id uuid NOT NULL REFERENCES notification.deliveries (id) ON DELETE CASCADE,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    status smallint,                        -- null: no answer came
    milliseconds integer NOT NULL,
    error text,                             -- why it does not count
    answer text NOT NULL,                   -- the beginning of the body
    PRIMARY KEY (delivery_id, number)
);

GRANT SELECT, INSERT, UPDATE ON notification.webhooks TO taskyard_notification;
GRANT SELECT, INSERT, UPDATE, DELETE ON notification.deliveries, notification.delivery_attempts
    TO taskyard_notification;
