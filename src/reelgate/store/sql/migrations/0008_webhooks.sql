-- Webhooks: standing endpoints of accounts, the secrets that sign, and deliveries with their attempts.

-- Where an account hears of all its tasks, beside the URLs that single requests name.
CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    name text,
    url text NOT NULL,
    -- The dialect in whose words it is told.
    wire text NOT NULL,
    -- The ends that it hears of.
    events text[] NOT NULL CHECK (events <> '{}' AND events <@ ARRAY['succeeded', 'failed', 'canceled']),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Since when no attempt has arrived.
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_reason text CHECK (disabled_reason IN ('operator', 'gone', 'failing')),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE INDEX webhook_endpoints_account ON webhook_endpoints (account_id);

-- Keys of the signatures. One without an endpoint signs what single requests of its account asked for.
CREATE TABLE webhook_secrets (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    endpoint_id uuid REFERENCES webhook_endpoints ON DELETE CASCADE,
    secret bytea NOT NULL CHECK (length(secret) BETWEEN 24 AND 64),
    created_at timestamptz NOT NULL,
    -- One that was replaced signs until then, beside its successor.
    expires_at timestamptz
);
CREATE UNIQUE INDEX webhook_secrets_current ON webhook_secrets (account_id, endpoint_id) NULLS NOT DISTINCT
    WHERE expires_at IS NULL;

-- An event on its way to one URL.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    -- The same for every delivery of the event (T6).
    event_id text NOT NULL,
    -- How the task ended, or a ping, which no task made.
    event text NOT NULL CHECK (event IN ('succeeded', 'failed', 'canceled', 'ping')),
    task_id uuid REFERENCES tasks,
    account_id uuid NOT NULL REFERENCES accounts,
    endpoint_id uuid REFERENCES webhook_endpoints ON DELETE CASCADE,
    url text NOT NULL,
    wire text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'dropped')),
    -- All attempts ever; the number of the last one.
    attempts integer NOT NULL DEFAULT 0,
    -- Attempts of this round: a replay begins another.
    tries integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    CHECK ((task_id IS NULL) = (event = 'ping')),
    CHECK ((completed_at IS NULL) = (state = 'pending'))
) WITH (fillfactor = 70);
CREATE INDEX webhook_deliveries_task ON webhook_deliveries (task_id);
CREATE INDEX webhook_deliveries_account ON webhook_deliveries (account_id, created_at DESC);
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, created_at DESC);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_completed ON webhook_deliveries (completed_at);

CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    -- What was answered, or why nothing was.
    status integer,
    problem text,
    -- The beginning of the answer.
    answer text,
    PRIMARY KEY (delivery_id, number)
);

-- Wake whoever delivers; a channel of its own spares it the wake-ups of tasks. The text is PgQueuer's.
CREATE FUNCTION announce_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('reelgate_deliver', json_build_object(
        'channel', 'reelgate_deliver', 'operation', 'insert', 'sent_at', now(), 'table', 'pgqueuer',
        'type', 'table_changed_event')::text);
    RETURN NULL;
END $$;
CREATE TRIGGER webhook_deliveries_announced AFTER INSERT OR UPDATE OF next_attempt_at ON webhook_deliveries
    FOR EACH ROW WHEN (NEW.state = 'pending' AND NEW.tries = 0) EXECUTE FUNCTION announce_delivery();
