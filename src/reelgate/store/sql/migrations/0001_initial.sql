-- Accounts, keys, the ledger, tasks and their artifacts.
-- Amounts are integer microcredits. States, events and transfer kinds are those of core/lifecycle.py and core/ledger.py;
-- tests hold the two sides together.

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> '' AND length(name) <= 100),
    created_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    -- SHA-256 of the key's text; the key itself is shown once and never stored.
    sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    -- The first characters, for people to tell keys apart.
    prefix text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX api_keys_account ON api_keys (account_id);

-- Running totals of each account; no total is ever below zero (L3).
CREATE TABLE balances (
    account_id uuid PRIMARY KEY REFERENCES accounts,
    available bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0)
) WITH (fillfactor = 50);

CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    dialect text NOT NULL,
    model text NOT NULL,
    spec jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'processing', 'succeeded', 'failed', 'canceled')),
    phase text CHECK (phase IN ('submitting', 'running', 'storing')),
    version integer NOT NULL DEFAULT 1,
    attempts integer NOT NULL DEFAULT 0,
    progress smallint CHECK (progress BETWEEN 0 AND 100),
    engine text,
    price_microcredits bigint NOT NULL CHECK (price_microcredits >= 0),
    failure_code text,
    failure_message text,
    understanding jsonb,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    completed_at timestamptz,
    CHECK ((phase IS NULL) = (state <> 'processing')),
    CHECK ((completed_at IS NULL) = (state IN ('queued', 'processing'))),
    CHECK ((failure_code IS NULL) = (state <> 'failed'))
) WITH (fillfactor = 70);
CREATE INDEX tasks_account ON tasks (account_id, id DESC);
CREATE INDEX tasks_account_state ON tasks (account_id, state, id DESC);
CREATE INDEX tasks_live ON tasks (created_at) WHERE state IN ('queued', 'processing');

-- One reservation per task: its id is the task's (L8).
CREATE TABLE reservations (
    task_id uuid PRIMARY KEY REFERENCES tasks,
    account_id uuid NOT NULL REFERENCES accounts,
    amount bigint NOT NULL CHECK (amount >= 0),
    posted bigint NOT NULL DEFAULT 0 CHECK (posted >= 0),
    voided bigint NOT NULL DEFAULT 0 CHECK (voided >= 0),
    -- After this the sweep ends the task and voids (L7).
    deadline_at timestamptz NOT NULL,
    resolved_at timestamptz,
    -- L4: resolved at most once and wholly.
    CHECK (CASE WHEN resolved_at IS NULL THEN posted = 0 AND voided = 0 ELSE posted + voided = amount END)
) WITH (fillfactor = 70);
CREATE INDEX reservations_open ON reservations (deadline_at) WHERE resolved_at IS NULL;

-- The journal: each row moves an amount out of the debit purse into the credit purse (L1). It only grows (L12).
CREATE TABLE transfers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    kind text NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    task_id uuid REFERENCES reservations,
    -- Who did it and why, for everything that no task did (L14).
    actor text,
    reason text,
    created_at timestamptz NOT NULL,
    CHECK ((kind, debit, credit) IN (
        ('grant', 'issued_paid', 'available'),
        ('grant', 'issued_promotional', 'available'),
        ('reserve', 'available', 'reserved'),
        ('post', 'reserved', 'revenue'),
        ('void', 'reserved', 'available'),
        ('expire', 'available', 'expired'),
        ('adjust', 'adjustment', 'available'),
        ('adjust', 'available', 'adjustment')
    )),
    CHECK ((task_id IS NOT NULL) = (kind IN ('reserve', 'post', 'void'))),
    CHECK (task_id IS NOT NULL OR (actor IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX transfers_account ON transfers (account_id, id);
-- A reservation is made once and resolved at most once in each direction (L4, L8).
CREATE UNIQUE INDEX transfers_task_kind ON transfers (task_id, kind) WHERE task_id IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % never change and are never deleted', TG_TABLE_NAME;
END $$;
CREATE TRIGGER transfers_immutable BEFORE UPDATE OR DELETE ON transfers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_not_truncated BEFORE TRUNCATE ON transfers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- T2: only the changes of core/lifecycle.py happen, and an ended task stays as it ended.
CREATE FUNCTION check_state_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('queued', 'processing'),
        ('queued', 'failed'),
        ('queued', 'canceled'),
        ('processing', 'succeeded'),
        ('processing', 'failed'),
        ('processing', 'canceled')
    ) THEN
        RAISE EXCEPTION 'task %: % cannot become %', OLD.id, OLD.state, NEW.state;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tasks_state_change BEFORE UPDATE OF state ON tasks
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION check_state_change();

CREATE TABLE artifacts (
    id uuid PRIMARY KEY,
    task_id uuid NOT NULL REFERENCES tasks,
    kind text NOT NULL CHECK (kind IN ('video', 'thumbnail', 'gif', 'input')),
    sample smallint NOT NULL CHECK (sample >= 0),
    object_key text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    width_px integer,
    height_px integer,
    duration_s double precision,
    frames integer,
    has_audio boolean,
    created_at timestamptz NOT NULL,
    UNIQUE (task_id, kind, sample)
);

-- Secrets that the server makes for itself: keys that sign links.
CREATE TABLE server_secrets (
    name text PRIMARY KEY,
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- A task as it is read: with its artifacts as one JSON array.
CREATE VIEW tasks_whole AS
SELECT t.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'kind', a.kind, 'sample', a.sample, 'object_key', a.object_key, 'media_type', a.media_type,
        'size_bytes', a.size_bytes, 'sha256', encode(a.sha256, 'hex'), 'width_px', a.width_px,
        'height_px', a.height_px, 'duration_s', a.duration_s, 'frames', a.frames, 'has_audio', a.has_audio,
        'created_at', a.created_at))
    FROM artifacts a WHERE a.task_id = t.id), '[]') AS artifacts
FROM tasks t;
