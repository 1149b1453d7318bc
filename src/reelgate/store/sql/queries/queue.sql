-- name: wake_later
-- Have a job ($2) come again after a time ($3), if it is still with the worker's queue ($4) that has it. Of those that
-- are due, the queue takes the higher priority first: that of the earlier time, down to the second.
UPDATE pgqueuer
SET status = 'queued', execute_after = now() + $3::interval, attempts = attempts + 1, updated = now(),
    queue_manager_id = NULL, priority = (1767225600 - extract(epoch FROM now() + $3::interval))::integer
WHERE id = $2::bigint AND queue_manager_id = $4::uuid AND status = 'picked'
RETURNING $1::uuid AS id
