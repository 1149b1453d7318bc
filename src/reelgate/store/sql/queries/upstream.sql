-- name: intend_submit
-- Note that a task is about to be submitted, and where; no row when its version has moved on or a job is open already.
WITH begun AS (
    UPDATE tasks
    SET state = 'processing', phase = 'submitting', version = version + 1, attempts = attempts + 1, engine = $3,
        progress = NULL, started_at = coalesce(started_at, $6)
    WHERE id = $1 AND version = $2 AND state IN ('queued', 'processing')
    RETURNING id, account_id, version, attempts
), waited AS (
    DELETE FROM upstream_lines l USING begun WHERE l.task_id = begun.id
), intended AS (
    INSERT INTO upstream_jobs (task_id, account_id, engine, credential, reference, intended_at)
    SELECT id, account_id, $3, $4, $5, $6 FROM begun
    RETURNING id
)
SELECT intended.id AS job_id, version, attempts, pg_notify('reelgate_task', begun.id::text) FROM begun, intended

-- name: note_submitted
-- Keep the upstream's handle, whatever has become of the task; returns whether the task is still waiting for it.
WITH job AS (
    UPDATE upstream_jobs SET handle = $2, submitted_at = $3 WHERE id = $1 AND ended_at IS NULL RETURNING task_id
), task AS (
    UPDATE tasks t SET phase = 'running' FROM job
    WHERE t.id = job.task_id AND t.version = $4 AND t.state = 'processing'
    RETURNING t.id, pg_notify('reelgate_task', t.id::text)
)
SELECT count(*) FROM task

-- name: task_and_job
-- One task with its artifacts, and its job that nobody has heard the end of, in one row; either may be missing.
SELECT t.*, j.id AS job_id, j.engine AS job_engine, j.credential AS job_credential, j.reference AS job_reference,
       j.handle AS job_handle, j.intended_at AS job_intended_at, j.submitted_at AS job_submitted_at,
       j.running_at AS job_running_at, j.polls AS job_polls, j.troubles AS job_troubles
FROM (SELECT $1::uuid AS task_id) wanted
LEFT JOIN tasks_whole t ON t.id = wanted.task_id
LEFT JOIN upstream_jobs j ON j.task_id = wanted.task_id AND j.ended_at IS NULL

-- name: open_job
-- The job of a task that nobody has heard the end of.
SELECT id, engine, credential, reference, handle, intended_at, submitted_at, running_at, polls, troubles
FROM upstream_jobs WHERE task_id = $1 AND ended_at IS NULL

-- name: note_running
-- Note that a job ($2) was seen alive, and its progress where it is known; the row says whose job it is ($1). It does not
-- wait for the disk: the next question tells the same again.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS off
), job AS (
    UPDATE upstream_jobs SET polls = polls + 1, troubles = 0, running_at = $3 FROM lax
    WHERE lax.off = 'off' AND id = $2 RETURNING task_id
), told AS (
    UPDATE tasks t SET progress = $4 FROM job
    WHERE t.id = job.task_id AND t.state = 'processing' AND t.progress IS DISTINCT FROM coalesce($4, t.progress)
    RETURNING pg_notify('reelgate_task', t.id::text)
)
SELECT $1::uuid AS id, (SELECT count(*) FROM told) AS told FROM job

-- name: note_all_running
-- The same for many jobs, each parameter an array.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS off
), given AS (
    SELECT g.* FROM lax, unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::smallint[]) AS g (id, job_id, seen_at, progress)
    WHERE lax.off = 'off'
), job AS (
    UPDATE upstream_jobs j SET polls = j.polls + 1, troubles = 0, running_at = g.seen_at
    FROM given g WHERE j.id = g.job_id
    RETURNING g.id, g.progress, j.task_id
), told AS (
    UPDATE tasks t SET progress = job.progress FROM job
    WHERE t.id = job.task_id AND t.state = 'processing'
        AND t.progress IS DISTINCT FROM coalesce(job.progress, t.progress)
    RETURNING pg_notify('reelgate_task', t.id::text)
)
SELECT id, (SELECT count(*) FROM told) AS told FROM job

-- name: note_trouble
-- Note a poll that told nothing; returns how many there were in a row.
UPDATE upstream_jobs SET polls = polls + 1, troubles = troubles + 1 WHERE id = $1 RETURNING troubles

-- name: begin_storing
-- Take a task over to store what its job made; no row when its version has moved on. It does not wait for the disk: after
-- a crash the task is taken over again.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS off
)
UPDATE tasks SET phase = 'storing', version = version + 1, filtered_count = $3, filtered_reasons = $4::jsonb
FROM lax WHERE lax.off = 'off' AND id = $1 AND version = $2 AND state = 'processing'
RETURNING version, attempts, pg_notify('reelgate_task', id::text)

-- name: end_job
-- Close a job; its task gets its own end.
UPDATE upstream_jobs SET ended_at = $2, outcome = $3 WHERE id = $1 AND ended_at IS NULL

-- name: finish_job
-- Close a job that was done, and keep how long it took with the last ones before it.
WITH ended AS (
    UPDATE upstream_jobs SET ended_at = $4, outcome = 'done' WHERE id = $5 AND ended_at IS NULL
)
INSERT INTO upstream_timings AS t (engine, model, durations_s) VALUES ($1, $2, ARRAY[$3::real])
ON CONFLICT (engine, model) DO UPDATE
SET durations_s = (t.durations_s || excluded.durations_s)[greatest(1, cardinality(t.durations_s) - 62):]

-- name: timings
-- How long jobs of a model took at an engine.
SELECT durations_s FROM upstream_timings WHERE engine = $1 AND model = $2

-- name: join_line
-- Stand in an engine's line, or go on standing there; returns how many go first. Whoever has fewer jobs there, counting
-- those ahead in the line, goes before whoever has more.
WITH joined AS (
    INSERT INTO upstream_lines (task_id, account_id, engine, since) VALUES ($2, $3, $1, $4)
    ON CONFLICT (task_id) DO UPDATE SET engine = $1
), line AS (
    SELECT l.task_id, l.account_id, l.since FROM upstream_lines l JOIN tasks t ON t.id = l.task_id
    WHERE l.engine = $1 AND l.task_id <> $2 AND t.state IN ('queued', 'processing')
    UNION ALL
    SELECT $2, $3, coalesce((SELECT since FROM upstream_lines WHERE task_id = $2), $4)
), running AS (
    SELECT account_id, count(*) AS jobs FROM upstream_jobs WHERE engine = $1 AND ended_at IS NULL GROUP BY account_id
), places AS (
    SELECT task_id, since,
           row_number() OVER (PARTITION BY account_id ORDER BY since, task_id) + coalesce(jobs, 0) AS place
    FROM line LEFT JOIN running USING (account_id)
)
SELECT count(*) FROM places p, places me
WHERE me.task_id = $2 AND (p.place, p.since, p.task_id) < (me.place, me.since, me.task_id)

-- name: line_exists
-- Whether others stand in an engine's line.
SELECT EXISTS (SELECT FROM upstream_lines l JOIN tasks t ON t.id = l.task_id
               WHERE l.engine = $1 AND l.task_id <> $2 AND t.state IN ('queued', 'processing'))

-- name: leave_line
-- Stand in no line any more.
DELETE FROM upstream_lines WHERE task_id = $1

-- name: take_submit
-- Take one submit from a credential's rate ($4 a minute, all of them at once at most) and its day ($5); no row when
-- there is none to be had.
INSERT INTO upstream_credentials AS c (engine, name, allowance, allowance_at, day, day_submits)
SELECT $1, $2, coalesce($4::float8, 1) - 1, $3::timestamptz, ($3::timestamptz AT TIME ZONE 'UTC')::date, 1 WHERE coalesce($5::integer, 1) > 0
ON CONFLICT (engine, name) DO UPDATE SET
    allowance = CASE WHEN $4::float8 IS NULL THEN 0 ELSE least(greatest($4::float8, 1),
        c.allowance + greatest(0, extract(epoch FROM $3::timestamptz - c.allowance_at)) * $4::float8 / 60) - 1 END,
    allowance_at = $3,
    day = ($3::timestamptz AT TIME ZONE 'UTC')::date,
    day_submits = CASE WHEN c.day = ($3::timestamptz AT TIME ZONE 'UTC')::date THEN c.day_submits ELSE 0 END + 1,
    resume_at = CASE WHEN c.troubles > 0 THEN $3::timestamptz + $6::interval END
WHERE (c.resume_at IS NULL OR c.resume_at <= $3)
  AND ($4::float8 IS NULL OR least(greatest($4::float8, 1),
        c.allowance + greatest(0, extract(epoch FROM $3::timestamptz - c.allowance_at)) * $4::float8 / 60) >= 1)
  AND ($5::integer IS NULL OR c.day <> ($3::timestamptz AT TIME ZONE 'UTC')::date OR c.day_submits < $5)
RETURNING 1

-- name: credential_works
-- A credential was answered as it should be: its circuit closes.
UPDATE upstream_credentials SET troubles = 0, resume_at = NULL, ok_at = $3
WHERE engine = $1 AND name = $2 AND (troubles > 0 OR ok_at IS NULL OR ok_at < $3::timestamptz - interval '10 seconds')

-- name: credential_troubles
-- A credential was refused or not answered: nobody uses it before it is time to try again.
UPDATE upstream_credentials
SET troubles = troubles + 1, trouble = $4, trouble_at = $3,
    resume_at = greatest(resume_at, $3::timestamptz + coalesce($5::interval, least(interval '2 minutes',
        interval '1 second' * power(2, least(troubles, 10)))))
WHERE engine = $1 AND name = $2

-- name: credential_states
-- All that is known of credentials.
SELECT engine, name, troubles, resume_at, trouble, trouble_at, ok_at, day, day_submits FROM upstream_credentials

-- name: wake_task
-- Have a waiting wake-up of a task come now.
UPDATE pgqueuer SET execute_after = now() WHERE dedupe_key = 'advance:' || $1::uuid::text AND status = 'queued'

-- name: make_local
-- Hand a task over to the engines of this machine: its next wake-up is one of theirs.
WITH task AS (
    UPDATE tasks SET remote = false, engine = $3, version = version + 1
    WHERE id = $1 AND version = $2 AND state IN ('queued', 'processing')
    RETURNING id
), waited AS (
    DELETE FROM upstream_lines l USING task WHERE l.task_id = task.id
)
UPDATE pgqueuer j SET entrypoint = 'advance' FROM task
WHERE j.dedupe_key = 'advance:' || task.id::text AND j.status IN ('queued', 'picked')
RETURNING 1
