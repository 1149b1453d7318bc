-- name: load_delivery
-- A delivery, and whether its endpoint is disabled; of a notice, what it is about.
SELECT d.*, e.disabled_at IS NOT NULL AS disabled,
       (SELECT jsonb_build_object('endpoint', a.id, 'url', a.url, 'name', a.name, 'reason', a.disabled_reason,
                                  'disabled_at', a.disabled_at)::text
        FROM webhook_endpoints a WHERE a.id = d.about_id AND a.disabled_at IS NOT NULL) AS about
FROM webhook_deliveries d LEFT JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.id = $1

-- name: record_attempt
-- Note what became of an attempt and what follows; no row when somebody else noted one meanwhile. An endpoint is
-- disabled when it is gone, or when nothing has arrived there since $11; the account's others that want to hear of that
-- are told with the event id $13. What became of such a notice does not count against an endpoint, unless it is gone.
WITH noted AS (
    UPDATE webhook_deliveries
    SET attempts = attempts + 1, tries = tries + 1, state = $3, next_attempt_at = coalesce($4, next_attempt_at),
        completed_at = CASE WHEN $3 = 'pending' THEN NULL ELSE $5::timestamptz END
    WHERE id = $1 AND attempts = $2 AND state = 'pending'
    RETURNING id, attempts, endpoint_id, event
), attempt AS (
    INSERT INTO webhook_attempts (delivery_id, number, started_at, duration_ms, status, problem, answer)
    SELECT id, attempts, $6, $7, $8, $9, $10 FROM noted
), endpoint AS (
    UPDATE webhook_endpoints e
    SET failing_since = CASE WHEN $3 = 'delivered' THEN NULL ELSE coalesce(e.failing_since, $6) END,
        disabled_at = CASE WHEN $12 OR e.failing_since < $11 THEN coalesce(e.disabled_at, $5) ELSE e.disabled_at END,
        disabled_reason = CASE WHEN $12 THEN coalesce(e.disabled_reason, 'gone')
                               WHEN e.failing_since < $11 THEN coalesce(e.disabled_reason, 'failing')
                               ELSE e.disabled_reason END
    FROM noted
    WHERE e.id = noted.endpoint_id AND (noted.event <> 'endpoint.disabled' OR $12)
      AND CASE WHEN $3 = 'delivered' THEN e.failing_since IS NOT NULL
               ELSE e.failing_since IS NULL OR $12 OR e.failing_since < $11 END
    RETURNING e.id, e.account_id, CASE WHEN e.disabled_at = $5 THEN e.disabled_reason END AS disabled_reason
), notice AS (
    INSERT INTO webhook_deliveries (id, event_id, event, account_id, endpoint_id, about_id, url, wire, next_attempt_at,
                                    created_at)
    SELECT gen_random_uuid(), $13, 'endpoint.disabled', o.account_id, o.id, e.id, o.url, o.wire, $5, $5
    FROM endpoint e JOIN webhook_endpoints o ON o.account_id = e.account_id AND o.id <> e.id
    WHERE e.disabled_reason IS NOT NULL AND o.disabled_at IS NULL AND 'endpoint.disabled' = ANY (o.events)
    RETURNING id
), notice_job AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    SELECT 0, 'deliver', uuid_send(id), 'deliver:' || id::text, 'queued' FROM notice
)
SELECT id, (SELECT disabled_reason FROM endpoint) AS disabled_reason FROM noted

-- name: drop_delivery
-- Give a delivery up without an attempt.
UPDATE webhook_deliveries SET state = 'dropped', completed_at = $2 WHERE id = $1 AND state = 'pending' RETURNING id

-- name: list_deliveries
-- The newest deliveries of an account or of all, narrowed by endpoint, task and state.
SELECT d.*, a.name AS account FROM webhook_deliveries d JOIN accounts a ON a.id = d.account_id
WHERE ($1::uuid IS NULL OR d.account_id = $1) AND ($2::uuid IS NULL OR d.endpoint_id = $2)
  AND ($3::uuid IS NULL OR d.task_id = $3) AND ($4::text IS NULL OR d.state = $4)
ORDER BY d.created_at DESC, d.id LIMIT $5

-- name: list_attempts
-- All attempts of some deliveries, in order.
SELECT * FROM webhook_attempts WHERE delivery_id = ANY ($1) ORDER BY delivery_id, number

-- name: replay_deliveries
-- Begin another round of deliveries that have come to an end: one, or those of an endpoint or account in a span of time
-- and in some states. Returns how many.
WITH again AS (
    UPDATE webhook_deliveries
    SET state = 'pending', tries = 0, next_attempt_at = $7, completed_at = NULL
    WHERE state <> 'pending' AND ($1::uuid IS NULL OR id = $1) AND ($2::uuid IS NULL OR endpoint_id = $2)
      AND ($3::uuid IS NULL OR account_id = $3) AND ($4::timestamptz IS NULL OR created_at >= $4)
      AND ($5::timestamptz IS NULL OR created_at < $5) AND state = ANY ($6)
    RETURNING id
), job AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    SELECT 0, 'deliver', uuid_send(id), 'deliver:' || id::text, 'queued' FROM again
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM again

-- name: add_ping
-- Send an endpoint an event that no task made.
WITH delivery AS (
    INSERT INTO webhook_deliveries (id, event_id, event, account_id, endpoint_id, url, wire, next_attempt_at,
                                    created_at)
    SELECT $2, $3, 'ping', account_id, id, url, wire, $4, $4 FROM webhook_endpoints WHERE id = $1
    RETURNING id
)
INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
SELECT 0, 'deliver', uuid_send(id), 'deliver:' || id::text, 'queued' FROM delivery

-- name: wake_deliveries
-- Give every delivery that waits a wake-up for its time that has lost its own; returns how many.
WITH woken AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status, execute_after)
    SELECT 0, 'deliver', uuid_send(d.id), 'deliver:' || d.id::text, 'queued', greatest(now(), d.next_attempt_at)
    FROM webhook_deliveries d
    WHERE d.state = 'pending' AND d.next_attempt_at < $1
      AND NOT EXISTS (SELECT FROM pgqueuer j WHERE j.dedupe_key = 'deliver:' || d.id::text
                                               AND j.status IN ('queued', 'picked'))
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM woken

-- name: prune_deliveries
-- Forget what came to an end before a time.
DELETE FROM webhook_deliveries WHERE completed_at < $1
