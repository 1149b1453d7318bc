-- Jobs at engines that are reached over HTTP, what is known of their credentials, and how long jobs take.

ALTER TABLE tasks
    -- Its wake-ups are short steps, and many such tasks wait at the same time.
    ADD COLUMN remote boolean NOT NULL DEFAULT false,
    -- Videos that the engine's content policy held back, and why.
    ADD COLUMN filtered_count smallint NOT NULL DEFAULT 0 CHECK (filtered_count >= 0),
    ADD COLUMN filtered_reasons jsonb NOT NULL DEFAULT '[]';

-- One row per submit: the intent is written before the call, the upstream's handle right after the answer.
CREATE TABLE upstream_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id uuid NOT NULL REFERENCES tasks,
    account_id uuid NOT NULL,
    engine text NOT NULL,
    credential text NOT NULL,
    -- Ours, sent along where the upstream takes one.
    reference text NOT NULL,
    handle text,
    intended_at timestamptz NOT NULL,
    submitted_at timestamptz,
    -- When it was last seen running.
    running_at timestamptz,
    polls integer NOT NULL DEFAULT 0,
    -- Polls in a row that told nothing.
    troubles integer NOT NULL DEFAULT 0,
    ended_at timestamptz,
    outcome text,
    CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CHECK ((submitted_at IS NULL) = (handle IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX upstream_jobs_task ON upstream_jobs (task_id);
-- A task has at most one job at a time that nobody has heard the end of.
CREATE UNIQUE INDEX upstream_jobs_open ON upstream_jobs (task_id) WHERE ended_at IS NULL;
CREATE INDEX upstream_jobs_account ON upstream_jobs (engine, account_id) WHERE ended_at IS NULL;

-- What all workers know of a credential: how many submits it has left, and whether it works.
CREATE TABLE upstream_credentials (
    engine text NOT NULL,
    name text NOT NULL,
    -- Submits that may be made at once; grows with its rate.
    allowance double precision NOT NULL,
    allowance_at timestamptz NOT NULL,
    day date NOT NULL,
    day_submits integer NOT NULL,
    -- Troubles in a row. While there are any, one submit at a time finds out whether it works again.
    troubles integer NOT NULL DEFAULT 0,
    resume_at timestamptz,
    trouble text,
    trouble_at timestamptz,
    ok_at timestamptz,
    PRIMARY KEY (engine, name)
) WITH (fillfactor = 50);

-- Tasks that no credential takes right now, in one line for each engine.
CREATE TABLE upstream_lines (
    task_id uuid PRIMARY KEY REFERENCES tasks,
    account_id uuid NOT NULL,
    engine text NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX upstream_lines_engine ON upstream_lines (engine);

-- The last durations of each model at each engine, oldest first.
CREATE TABLE upstream_timings (
    engine text NOT NULL,
    model text NOT NULL,
    durations_s real[] NOT NULL,
    PRIMARY KEY (engine, model)
);

-- A task as it is read: with its artifacts as one JSON array, unless it was deleted.
DROP VIEW tasks_whole;
CREATE VIEW tasks_whole AS
SELECT t.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'kind', a.kind, 'sample', a.sample, 'object_key', a.object_key, 'media_type', a.media_type,
        'size_bytes', a.size_bytes, 'sha256', encode(a.sha256, 'hex'), 'width_px', a.width_px,
        'height_px', a.height_px, 'duration_s', a.duration_s, 'frames', a.frames, 'has_audio', a.has_audio,
        'created_at', a.created_at))
    FROM artifacts a WHERE a.task_id = t.id), '[]') AS artifacts
FROM tasks t WHERE t.deleted_at IS NULL;
