-- name: take_due
-- Take at most $1 jobs of an entrypoint ($2) for a worker's queue ($3), which may have $4 at a time: those that have been
-- due longest, and those of a worker that has not been heard of for a time ($5).
-- It does not wait for the disk: after a crash the job waits as before.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS off
), room AS (
    SELECT greatest(least($1, $4 - count(*)), 0) AS jobs FROM pgqueuer, lax
    WHERE lax.off = 'off' AND queue_manager_id = $3 AND entrypoint = $2
), due AS (
    SELECT id FROM pgqueuer
    WHERE entrypoint = $2 AND status = 'queued' AND execute_after < now()
    ORDER BY execute_after LIMIT (SELECT jobs FROM room) FOR UPDATE SKIP LOCKED
), stale AS (
    SELECT id FROM pgqueuer
    WHERE entrypoint = $2 AND status = 'picked' AND heartbeat < now() - $5::interval
    ORDER BY heartbeat LIMIT (SELECT jobs FROM room) FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE pgqueuer SET status = 'picked', updated = now(), heartbeat = now(), queue_manager_id = $3
    WHERE id IN (SELECT id FROM stale UNION ALL SELECT id FROM due LIMIT (SELECT jobs FROM room))
    RETURNING *
)
SELECT * FROM taken ORDER BY execute_after

-- name: wake_later
-- Have a job ($2) come again after a time ($3), if it is still with the worker's queue ($4) that has it. It does not wait
-- for the disk: after a crash the job is still picked, and taken again when its worker is not heard of.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS off
)
UPDATE pgqueuer
SET status = 'queued', execute_after = now() + $3::interval, attempts = attempts + 1, updated = now(),
    queue_manager_id = NULL
FROM lax
WHERE lax.off = 'off' AND id = $2::bigint AND queue_manager_id = $4::uuid AND status = 'picked'
RETURNING $1::uuid AS id

-- name: wake_all_later
-- The same for many jobs, each parameter an array.
WITH lax AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true) AS off
), held AS (
    SELECT q.id AS job_id, g.id, g.delay
    FROM unnest($1::uuid[], $2::bigint[], $3::interval[], $4::uuid[]) AS g (id, job_id, delay, holder)
    JOIN pgqueuer q ON q.id = g.job_id, lax
    WHERE lax.off = 'off' AND q.queue_manager_id = g.holder AND q.status = 'picked'
    ORDER BY q.id FOR UPDATE OF q
)
UPDATE pgqueuer q
SET status = 'queued', execute_after = now() + held.delay, attempts = q.attempts + 1, updated = now(),
    queue_manager_id = NULL
FROM held WHERE q.id = held.job_id
RETURNING held.id
