-- name: accept_task
-- Reserve the price out of lots and create task, reservation, transfer, wake-up and idempotency key in one statement.
-- Where the price or one task more is refused, the row says why and nothing is stored. A key that has a task already
-- fails the whole statement, one of a twin in flight is waited for.
WITH paid AS MATERIALIZED (
    SELECT * FROM admit_task($2, $14, $8, $7, $16, $17, $18)
), task AS (
    INSERT INTO tasks (id, account_id, dialect, model, spec, engine, created_at, price_microcredits, remix_of,
                       wire_request, remote)
    SELECT $1, $2, $3, $4, $5::jsonb, $6, $7, $8, $10, $11::json, $15 FROM paid WHERE refused IS NULL
    RETURNING id
), reservation AS (
    INSERT INTO reservations (task_id, account_id, amount, deadline_at, key_id, month)
    SELECT task.id, $2, $8, $9, $14, paid.month FROM task, paid
), consumed AS (
    INSERT INTO consumptions (task_id, lot_id, amount, position)
    SELECT task.id, lot.id, lot.amount, lot.position
    FROM task, paid, unnest(paid.lot_ids, paid.lot_amounts) WITH ORDINALITY AS lot (id, amount, position)
), transfer AS (
    INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
    SELECT $2, 'reserve', 'available', 'reserved', $8, id, $7 FROM task WHERE $8 > 0
), job AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    SELECT 0, CASE WHEN $15 THEN 'advance_remote' ELSE 'advance' END, uuid_send(id), 'advance:' || id::text, 'queued'
    FROM task
), claimed AS (
    DELETE FROM unclaimed_files f USING task, jsonb_array_elements($5::jsonb -> 'inputs') AS item
    WHERE f.object_key = item ->> 'object_key'
), once AS (
    INSERT INTO idempotency_keys (account_id, dialect, key, fingerprint, task_id, available_microcredits, created_at)
    SELECT $2, $3, $12, $13, task.id, paid.available, $7 FROM task, paid WHERE $12::text IS NOT NULL
)
SELECT $1 AS id, refused, available, bound, spent FROM paid

-- name: accept_tasks
-- The same for many tasks, each parameter an array: those whose price and number need no deciding one by one. The others
-- have no row, and nothing has happened to them.
SELECT id, refused, available, NULL::bigint AS bound, NULL::bigint AS spent
FROM accept_tasks($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)

-- name: count_tasks_of
-- How many tasks an account has: live ones, waiting ones, and those accepted on the day of $2.
SELECT tasks_live, tasks_queued, CASE WHEN day = ($2 AT TIME ZONE 'UTC')::date THEN tasks_today ELSE 0 END AS today
FROM balances WHERE account_id = $1

-- name: find_once
-- The task of an idempotency key as it was accepted, deleted ones included, with what the answer said.
SELECT k.fingerprint, k.available_microcredits, t.*, '[]' AS artifacts
FROM idempotency_keys k JOIN tasks t ON t.id = k.task_id
WHERE k.account_id = $1 AND k.dialect = $2 AND k.key = $3

-- name: prune_once
-- Forget idempotency keys from before a time.
DELETE FROM idempotency_keys WHERE created_at < $1

-- name: load_task
-- One task with its artifacts.
SELECT * FROM tasks_whole WHERE id = $1

-- name: list_tasks
-- A page of an account's tasks, newest first; $2 limits the states.
SELECT * FROM tasks_whole
WHERE account_id = $1 AND ($2::text[] IS NULL OR state = ANY ($2))
ORDER BY id DESC LIMIT $3 OFFSET $4

-- name: count_tasks
-- How many tasks of an account are in some states, which are counted as they change.
SELECT coalesce(sum(count), 0)::bigint
FROM balances, LATERAL (VALUES ('queued', tasks_queued), ('processing', tasks_live - tasks_queued),
    ('succeeded', tasks_succeeded), ('failed', tasks_failed), ('canceled', tasks_canceled)) AS counted (state, count)
WHERE account_id = $1 AND ($2::text[] IS NULL OR state = ANY ($2))

-- name: list_tasks_before
-- An account's tasks that are older than one, newest first.
SELECT * FROM tasks_whole WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3

-- name: list_tasks_after
-- An account's tasks that are newer than one, oldest first.
SELECT * FROM tasks_whole WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3

-- name: list_tasks_between
-- A page of an account's tasks with ids from one to another, newest first.
SELECT * FROM tasks_whole WHERE account_id = $1 AND id BETWEEN $2 AND $3 ORDER BY id DESC LIMIT $4 OFFSET $5

-- name: count_tasks_between
-- How many tasks of an account have ids from one to another.
SELECT count(*) FROM tasks WHERE account_id = $1 AND id BETWEEN $2 AND $3 AND deleted_at IS NULL

-- name: begin_task
-- Take a live task over: it is processing from now on; no row when its version has moved on.
UPDATE tasks
SET state = 'processing', phase = 'running', version = version + 1, attempts = attempts + 1, progress = 0,
    started_at = coalesce(started_at, $3)
WHERE id = $1 AND version = $2 AND state IN ('queued', 'processing')
RETURNING version, attempts, pg_notify('reelgate_task', id::text)

-- name: report_progress
-- Note how far a processing task has come; nothing happens when its version has moved on.
UPDATE tasks SET progress = $3, phase = $4
WHERE id = $1 AND version = $2 AND state = 'processing'
RETURNING pg_notify('reelgate_task', id::text)

-- name: keep_final_prompt
-- Keep what a prompt service made of a live task's prompt; the first stays.
UPDATE tasks SET final_prompt = coalesce(final_prompt, $2)
WHERE id = $1 AND state IN ('queued', 'processing')
RETURNING final_prompt

-- name: finish_task
-- End a live task: state, artifacts, post and void together, and a delivery with its wake-up for each address that
-- hears of it; no row when it has ended or its version has moved on.
WITH ended AS (
    UPDATE tasks
    SET state = $3, phase = NULL, version = version + 1, completed_at = $4, failure_code = $5, failure_message = $6,
        understanding = $7::jsonb, progress = CASE WHEN $3 = 'succeeded' THEN 100 ELSE progress END
    WHERE id = $1 AND ($2::integer IS NULL OR version = $2) AND state IN ('queued', 'processing')
    RETURNING id, account_id, dialect, spec
), settled AS (
    UPDATE reservations r
    SET posted = least(r.amount, $8), voided = r.amount - least(r.amount, $8), resolved_at = $4
    FROM ended WHERE r.task_id = ended.id AND r.resolved_at IS NULL
    RETURNING r.task_id, r.account_id, r.key_id, r.month, r.amount, r.posted, r.voided
), balance AS (
    UPDATE balances b
    SET reserved = b.reserved - s.amount, available = b.available + s.voided,
        month_spent = b.month_spent - CASE WHEN b.month = s.month THEN s.voided ELSE 0 END
    FROM settled s WHERE b.account_id = s.account_id AND s.amount > 0
    RETURNING s.task_id, s.key_id, s.month, s.posted, s.voided
), capped AS (
    UPDATE key_caps k
    SET total_spent = k.total_spent - b.voided,
        month_spent = k.month_spent - CASE WHEN k.month = b.month THEN b.voided ELSE 0 END
    FROM balance b WHERE k.key_id = b.key_id AND b.voided > 0
), share AS (
    -- What is charged is taken from the lots in the order in which they were burned.
    SELECT c.task_id, c.lot_id, c.amount,
           greatest(0, least(c.amount, b.posted - (sum(c.amount) OVER (ORDER BY c.position) - c.amount))) AS posted
    FROM balance b JOIN consumptions c ON c.task_id = b.task_id
), consumed AS (
    UPDATE consumptions c SET posted = s.posted, voided = s.amount - s.posted
    FROM share s WHERE c.task_id = s.task_id AND c.lot_id = s.lot_id
), returned AS (
    UPDATE lots l SET reserved = l.reserved - s.amount, remaining = l.remaining + s.amount - s.posted
    FROM share s WHERE l.id = s.lot_id
), transfer AS (
    INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
    SELECT account_id, 'post', 'reserved', 'revenue', posted, task_id, $4 FROM settled WHERE posted > 0
    UNION ALL
    SELECT account_id, 'void', 'reserved', 'available', voided, task_id, $4 FROM settled WHERE voided > 0
), stored AS (
    INSERT INTO artifacts (id, task_id, kind, sample, object_key, media_type, size_bytes, sha256,
                           width_px, height_px, duration_s, frames, has_audio, created_at)
    SELECT f.id, ended.id, f.kind, f.sample, f.object_key, f.media_type, f.size_bytes, decode(f.sha256, 'hex'),
           f.width_px, f.height_px, f.duration_s, f.frames, f.has_audio, $4
    FROM ended, jsonb_to_recordset($9::jsonb) AS f (
        id uuid, kind text, sample smallint, object_key text, media_type text, size_bytes bigint, sha256 text,
        width_px integer, height_px integer, duration_s double precision, frames integer, has_audio boolean)
), claimed AS (
    DELETE FROM unclaimed_files u USING ended, jsonb_to_recordset($9::jsonb) AS f (object_key text)
    WHERE u.object_key = f.object_key
), heard AS (
    SELECT ended.id, ended.account_id, NULL::uuid AS endpoint_id, url, ended.dialect AS wire
    FROM ended, LATERAL (
        SELECT spec ->> 'webhook_url' AS url
        UNION
        SELECT jsonb_array_elements_text(spec -> 'webhook_copies')) AS asked
    WHERE url IS NOT NULL
    UNION ALL
    SELECT ended.id, ended.account_id, e.id, e.url, e.wire
    FROM ended JOIN webhook_endpoints e USING (account_id) WHERE e.disabled_at IS NULL AND $3 = ANY (e.events)
), delivery AS (
    INSERT INTO webhook_deliveries (id, event_id, event, task_id, account_id, endpoint_id, url, wire, next_attempt_at,
                                    created_at)
    SELECT gen_random_uuid(), $10, $3, id, account_id, endpoint_id, url, wire, $4, $4 FROM heard
    RETURNING id
), delivery_job AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    SELECT 0, 'deliver', uuid_send(id), 'deliver:' || id::text, 'queued' FROM delivery
)
SELECT id, pg_notify('reelgate_task', id::text), pg_notify('reelgate_task_ended', id::text) FROM ended

-- name: delete_task
-- Hide an ended task from its owner and note its files as nobody's; no row when there is none or it still lives.
WITH hidden AS (
    UPDATE tasks SET deleted_at = $4
    WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL AND state IN ('succeeded', 'failed', 'canceled')
    RETURNING id
), gone AS (
    DELETE FROM artifacts a USING hidden WHERE a.task_id = hidden.id
), noted AS (
    INSERT INTO unclaimed_files (object_key, created_at) SELECT key, now() FROM hidden, unnest($3::text[]) AS key
    ON CONFLICT DO NOTHING
)
SELECT id, pg_notify('reelgate_task', id::text) FROM hidden

-- name: wake_sleepers
-- Give every live task a wake-up that has lost its own (T3); returns how many.
WITH woken AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    SELECT 0, CASE WHEN t.remote THEN 'advance_remote' ELSE 'advance' END, uuid_send(t.id), 'advance:' || t.id::text,
           'queued'
    FROM tasks t
    WHERE t.state IN ('queued', 'processing') AND t.created_at < $1
      AND NOT EXISTS (SELECT FROM pgqueuer j WHERE j.dedupe_key = 'advance:' || t.id::text
                                               AND j.status IN ('queued', 'picked'))
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM woken

-- name: overdue_tasks
-- Live tasks whose reservation has passed its deadline (L7).
SELECT r.task_id FROM reservations r JOIN tasks t ON t.id = r.task_id
WHERE r.resolved_at IS NULL AND r.deadline_at < $1 AND t.state IN ('queued', 'processing') LIMIT 100

-- name: find_artifact
-- What is needed to serve one stored file, with the prompt of its task where that has something rehearsed.
SELECT a.object_key, a.media_type, a.size_bytes, encode(a.sha256, 'hex') AS sha256, a.kind, a.sample, a.task_id,
       CASE WHEN t.spec ? 'rehearsed' THEN t.spec ->> 'prompt' END AS rehearsing_prompt
FROM artifacts a JOIN tasks t ON t.id = a.task_id WHERE a.id = $1

-- name: prune_job_log
-- Forget what the job queue logged before a time: the tasks are the truth.
DELETE FROM pgqueuer_log WHERE created < $1
