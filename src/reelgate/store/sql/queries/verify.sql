-- Each query returns the rows that break one invariant: (subject, detail). None of them may return any.

-- name: L1
-- Each transfer debits what it credits, so all purses sum to zero.
SELECT 'all accounts' AS subject, format('purses sum to %s', sum(amount)) AS detail
FROM (SELECT available + reserved AS amount FROM balances
      UNION ALL
      SELECT CASE WHEN credit NOT IN ('available', 'reserved') THEN amount ELSE 0 END
           - CASE WHEN debit NOT IN ('available', 'reserved') THEN amount ELSE 0 END FROM transfers) purses
HAVING sum(amount) <> 0

-- name: L2
-- Running totals equal the fold of the transfers.
SELECT b.account_id::text AS subject,
       format('available %s, transfers say %s; reserved %s, transfers say %s', b.available, f.available, b.reserved,
              f.reserved) AS detail
FROM balances b, LATERAL (
    SELECT coalesce(sum(CASE WHEN credit = 'available' THEN amount WHEN debit = 'available' THEN -amount END), 0)
               AS available,
           coalesce(sum(CASE WHEN credit = 'reserved' THEN amount WHEN debit = 'reserved' THEN -amount END), 0)
               AS reserved
    FROM transfers t WHERE t.account_id = b.account_id) f
WHERE b.available <> f.available OR b.reserved <> f.reserved

-- name: L3
-- No account is below its bound, now or after any transfer in order.
SELECT account_id::text AS subject, format('transfer %s leaves %s available, %s reserved', id, available, reserved)
       AS detail
FROM (SELECT account_id, id,
             sum(CASE WHEN credit = 'available' THEN amount WHEN debit = 'available' THEN -amount ELSE 0 END) OVER w
                 AS available,
             sum(CASE WHEN credit = 'reserved' THEN amount WHEN debit = 'reserved' THEN -amount ELSE 0 END) OVER w
                 AS reserved
      FROM transfers WINDOW w AS (PARTITION BY account_id ORDER BY id)) running
WHERE available < 0 OR reserved < 0

-- name: L4
-- Per task: the transfers reserve, post and void what its reservation says, and each at most once.
SELECT r.task_id::text AS subject,
       format('reserved %s, transfers %s; posted %s, transfers %s; voided %s, transfers %s', r.amount, t.reserved,
              r.posted, t.posted, r.voided, t.voided) AS detail
FROM reservations r, LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE kind = 'reserve'), 0) AS reserved,
           coalesce(sum(amount) FILTER (WHERE kind = 'post'), 0) AS posted,
           coalesce(sum(amount) FILTER (WHERE kind = 'void'), 0) AS voided,
           count(*) FILTER (WHERE account_id <> r.account_id) AS strangers
    FROM transfers WHERE task_id = r.task_id) t
WHERE (r.amount, r.posted, r.voided) <> (t.reserved, t.posted, t.voided) OR t.strangers > 0
   OR (r.resolved_at IS NOT NULL AND r.posted + r.voided <> r.amount)

-- name: L5
-- Posted is at most reserved, and the reservation is the price that was quoted.
SELECT r.task_id::text AS subject,
       format('reserved %s, posted %s, quoted %s', r.amount, r.posted, t.price_microcredits) AS detail
FROM reservations r JOIN tasks t ON t.id = r.task_id
WHERE r.posted > r.amount OR r.amount <> t.price_microcredits OR r.account_id <> t.account_id

-- name: L6
-- A terminal task has no open reservation; failed and canceled have posted nothing.
SELECT t.id::text AS subject, format('%s with %s posted, resolved at %s', t.state, r.posted, r.resolved_at) AS detail
FROM tasks t LEFT JOIN reservations r ON r.task_id = t.id
WHERE t.state IN ('succeeded', 'failed', 'canceled')
  AND (r.resolved_at IS NULL OR (t.state <> 'succeeded' AND r.posted > 0))

-- name: L7
-- A live task has one open reservation with a deadline.
SELECT t.id::text AS subject, format('%s with a reservation resolved at %s', t.state, r.resolved_at) AS detail
FROM tasks t LEFT JOIN reservations r ON r.task_id = t.id
WHERE t.state IN ('queued', 'processing') AND (r.task_id IS NULL OR r.resolved_at IS NOT NULL)

-- name: L8
-- An idempotency key belongs to the account and the wire of its task; that it has one task is the table's own rule.
SELECT t.id::text AS subject, format('%s on %s, its key %s on %s', t.account_id, t.dialect, k.account_id, k.dialect)
       AS detail
FROM idempotency_keys k JOIN tasks t ON t.id = k.task_id
WHERE (k.account_id, k.dialect) <> (t.account_id, t.dialect)

-- name: L14
-- Whatever no task did names its actor and reason.
SELECT id::text AS subject, kind AS detail FROM transfers
WHERE task_id IS NULL AND (coalesce(actor, '') = '' OR coalesce(reason, '') = '')

-- name: T5
-- A succeeded task has its videos stored, hashed and probed, until its owner deletes it.
SELECT t.id::text AS subject, 'no probed video' AS detail FROM tasks t
WHERE t.state = 'succeeded' AND t.deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM artifacts a WHERE a.task_id = t.id AND a.kind = 'video' AND a.duration_s IS NOT NULL)
