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
FROM balances b LEFT JOIN (
    SELECT account_id,
           sum(CASE WHEN credit = 'available' THEN amount WHEN debit = 'available' THEN -amount END) AS available,
           sum(CASE WHEN credit = 'reserved' THEN amount WHEN debit = 'reserved' THEN -amount END) AS reserved
    FROM transfers GROUP BY account_id) folded ON folded.account_id = b.account_id,
LATERAL (SELECT coalesce(folded.available, 0) AS available, coalesce(folded.reserved, 0) AS reserved) f
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
SELECT task_id::text AS subject,
       format('reserved %s, transfers %s; posted %s, transfers %s; voided %s, transfers %s; refunded %s, transfers %s',
              amount, t_reserved, posted, t_posted, voided, t_voided, refunded, t_refunded) AS detail
FROM (
    SELECT r.task_id, r.amount, r.posted, r.voided, r.refunded, r.resolved_at,
           coalesce(sum(t.amount) FILTER (WHERE t.kind = 'reserve'), 0) AS t_reserved,
           coalesce(sum(t.amount) FILTER (WHERE t.kind = 'post'), 0) AS t_posted,
           coalesce(sum(t.amount) FILTER (WHERE t.kind = 'void'), 0) AS t_voided,
           coalesce(sum(t.amount) FILTER (WHERE t.kind = 'refund'), 0) AS t_refunded,
           count(*) FILTER (WHERE t.account_id <> r.account_id) AS strangers
    FROM reservations r LEFT JOIN transfers t ON t.task_id = r.task_id GROUP BY r.task_id) moved
WHERE (amount, posted, voided, refunded) <> (t_reserved, t_posted, t_voided, t_refunded) OR strangers > 0
   OR (resolved_at IS NOT NULL AND posted + voided <> amount)

-- name: L5
-- Posted is at most reserved, and the reservation is the price that was quoted.
SELECT r.task_id::text AS subject,
       format('reserved %s, posted %s, quoted %s', r.amount, r.posted, t.price_microcredits) AS detail
FROM reservations r JOIN tasks t ON t.id = r.task_id
WHERE r.posted > r.amount OR r.refunded > r.posted OR r.amount <> t.price_microcredits OR r.account_id <> t.account_id

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

-- name: L9
-- One payment makes at most one grant: of what was bought, to the account that bought it.
SELECT p.id::text AS subject, format('%s for %s, lot %s of %s', p.state, p.amount, l.id, l.granted) AS detail
FROM payments p LEFT JOIN lots l ON l.id = p.lot_id
WHERE (p.state = 'paid') <> (l.id IS NOT NULL)
   OR (l.account_id, l.granted, l.source) IS DISTINCT FROM (p.account_id, p.amount, 'payment') AND p.state = 'paid'
UNION ALL
SELECT format('lot %s', l.id), 'no payment has made it'
FROM lots l WHERE l.source = 'payment' AND NOT EXISTS (SELECT FROM payments p WHERE p.lot_id = l.id)
UNION ALL
SELECT format('lot %s', l.id), 'no redemption has made it'
FROM lots l WHERE l.source = 'voucher' AND NOT EXISTS (SELECT FROM redemptions r WHERE r.lot_id = l.id)
UNION ALL
SELECT v.id::text, format('%s uses, %s redemptions', v.uses, r.count)
FROM vouchers v, LATERAL (SELECT count(*) AS count FROM redemptions WHERE voucher_id = v.id) r WHERE v.uses <> r.count

-- name: P1
-- What is held back of a payment was taken out of its lot, or is owed; and it is what the payment service holds back.
SELECT p.id::text AS subject,
       format('%s held back, %s taken, %s owed; %s %s of %s told', p.reversed, t.taken, p.owed, r.price, p.currency,
              p.price) AS detail
FROM payments p,
LATERAL (SELECT coalesce(sum(CASE WHEN debit = 'available' THEN amount ELSE -amount END), 0) AS taken,
                count(*) FILTER (WHERE lot_id IS DISTINCT FROM p.lot_id) AS strangers
         FROM transfers WHERE payment_id = p.id) t,
LATERAL (SELECT coalesce(sum(price), 0) AS price FROM payment_reversals
         WHERE (payment_id = p.id OR intent_id = p.intent_id) AND (test, currency) = (p.test, p.currency)) r
WHERE p.reversed <> t.taken + p.owed OR t.strangers > 0
   OR (p.state = 'paid' AND p.reversed <> trunc(p.amount::numeric * least(p.price, r.price) / p.price))

-- name: L10
-- What remains in lots plus what is reserved from them is what the account has, and each lot is what its grant, its
-- consumptions and its transfers make of it.
SELECT b.account_id::text AS subject,
       format('available %s, in lots %s; reserved %s, from lots %s', b.available, l.remaining, b.reserved, l.reserved)
           AS detail
FROM balances b, LATERAL (
    SELECT coalesce(sum(remaining), 0) AS remaining, coalesce(sum(reserved), 0) AS reserved
    FROM lots WHERE account_id = b.account_id) l
WHERE (b.available, b.reserved) <> (l.remaining, l.reserved)
UNION ALL
SELECT format('lot %s', l.id),
       format('remaining %s, should be %s; reserved %s, consumptions hold %s', l.remaining,
              l.granted - c.consumed - t.taken + t.returned, l.reserved, c.open)
FROM lots l
LEFT JOIN (SELECT lot_id, sum(amount - voided - refunded) AS consumed, sum(amount - posted - voided) AS open
           FROM consumptions GROUP BY lot_id) AS used ON used.lot_id = l.id
LEFT JOIN (SELECT lot_id, sum(amount) FILTER (WHERE debit = 'available') AS taken,
                  sum(amount) FILTER (WHERE credit = 'available' AND payment_id IS NULL) AS given,
                  sum(amount) FILTER (WHERE credit = 'available' AND payment_id IS NOT NULL) AS returned
           FROM transfers WHERE lot_id IS NOT NULL GROUP BY lot_id) AS moved ON moved.lot_id = l.id,
LATERAL (SELECT coalesce(used.consumed, 0) AS consumed, coalesce(used.open, 0) AS open) c,
LATERAL (SELECT coalesce(moved.taken, 0) AS taken, coalesce(moved.given, 0) AS given,
                coalesce(moved.returned, 0) AS returned) t
WHERE l.remaining <> l.granted - c.consumed - t.taken + t.returned OR l.reserved <> c.open
   OR (l.source <> 'opening' AND l.granted <> t.given)
UNION ALL
SELECT r.task_id::text,
       format('reserved %s, from lots %s; posted %s, from lots %s; voided %s, to lots %s; refunded %s, to lots %s',
              r.amount, c.amount, r.posted, c.posted, r.voided, c.voided, r.refunded, c.refunded)
FROM reservations r LEFT JOIN (
    SELECT task_id, sum(amount) AS amount, sum(posted) AS posted, sum(voided) AS voided, sum(refunded) AS refunded
    FROM consumptions GROUP BY task_id) used ON used.task_id = r.task_id,
LATERAL (SELECT coalesce(used.amount, 0) AS amount, coalesce(used.posted, 0) AS posted,
                coalesce(used.voided, 0) AS voided, coalesce(used.refunded, 0) AS refunded) c
WHERE (r.amount, r.posted, r.voided, r.refunded) <> (c.amount, c.posted, c.voided, c.refunded)

-- name: L11
-- Expiry takes only what is not reserved, out of lots of the account that had expired.
SELECT t.id::text AS subject, format('lot %s expires at %s, %s was taken at %s', l.id, l.expires_at, t.amount,
                                     t.created_at) AS detail
FROM transfers t LEFT JOIN lots l ON l.id = t.lot_id
WHERE t.kind = 'expire'
  AND (l.id IS NULL OR l.account_id <> t.account_id OR l.expires_at IS NULL OR l.expires_at > t.created_at)
UNION ALL
SELECT format('lot %s', l.id), format('%s has expired of it although %s of %s was consumed', t.expired, c.consumed,
                                      l.granted)
FROM lots l JOIN (SELECT lot_id, sum(amount) AS expired FROM transfers WHERE kind = 'expire' GROUP BY lot_id) t
            ON t.lot_id = l.id
            LEFT JOIN (SELECT lot_id, sum(amount - voided - refunded) AS consumed FROM consumptions GROUP BY lot_id)
            used ON used.lot_id = l.id,
     LATERAL (SELECT coalesce(used.consumed, 0) AS consumed) c
WHERE t.expired + c.consumed > l.granted

-- name: L12
-- Transfers never change and are never deleted: the triggers that refuse it are there and work.
SELECT 'transfers' AS subject, format('trigger %s is missing or disabled', wanted) AS detail
FROM unnest(ARRAY['transfers_immutable', 'transfers_not_truncated']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'transfers'::regclass AND tgname = wanted
                                           AND tgenabled IN ('O', 'A'))

-- name: L13
-- Exports of usage sum to what the account has, and to what its tasks were charged.
SELECT b.account_id::text AS subject,
       format('available %s, lines sum to %s; reserved %s, lines %s; charged %s, lines %s', b.available, u.available,
              b.reserved, u.reserved, r.charged, u.charged) AS detail
FROM balances b
LEFT JOIN (SELECT account_id, sum(available) AS available, sum(reserved) AS reserved, sum(charged) AS charged
           FROM usage_lines GROUP BY account_id) lines ON lines.account_id = b.account_id
LEFT JOIN (SELECT account_id, sum(posted - refunded) AS charged FROM reservations GROUP BY account_id) tasks
       ON tasks.account_id = b.account_id,
LATERAL (SELECT coalesce(lines.available, 0) AS available, coalesce(lines.reserved, 0) AS reserved,
                coalesce(lines.charged, 0) AS charged) u,
LATERAL (SELECT coalesce(tasks.charged, 0) AS charged) r
WHERE (b.available, b.reserved, r.charged) <> (u.available, u.reserved, u.charged)

-- name: L14
-- What no task did names its actor and reason, and test credits never meet live ones.
SELECT id::text AS subject, kind AS detail FROM transfers
WHERE kind NOT IN ('reserve', 'post', 'void') AND (coalesce(actor, '') = '' OR coalesce(reason, '') = '')
UNION ALL
SELECT format('lot %s', l.id), 'lot and account are of different kinds'
FROM lots l JOIN accounts a ON a.id = l.account_id WHERE l.test <> a.test
UNION ALL
SELECT c.task_id::text, format('paid by lot %s of account %s', l.id, l.account_id)
FROM consumptions c JOIN lots l ON l.id = c.lot_id JOIN reservations r ON r.task_id = c.task_id
WHERE l.account_id <> r.account_id

-- name: B1
-- What counts against budgets and caps is what the tasks hold reserved or have posted.
SELECT b.account_id::text AS subject, format('spent %s in %s, tasks say %s', b.month_spent, b.month, r.spent) AS detail
FROM balances b LEFT JOIN (
    SELECT account_id, month, sum(amount - voided - refunded) AS spent FROM reservations GROUP BY account_id, month) used
    ON (used.account_id, used.month) = (b.account_id, b.month),
LATERAL (SELECT coalesce(used.spent, 0) AS spent) r
WHERE b.month_spent <> r.spent
UNION ALL
SELECT k.key_id::text, format('spent %s, tasks say %s; %s in %s, tasks say %s', k.total_spent, r.total, k.month_spent,
                              k.month, r.month)
FROM key_caps k, LATERAL (
    SELECT coalesce(sum(amount - voided - refunded), 0) AS total,
           coalesce(sum(amount - voided - refunded) FILTER (WHERE month = k.month), 0) AS month
    FROM reservations WHERE key_id = k.key_id) r
WHERE (k.total_spent, k.month_spent) <> (r.total, r.month)

-- name: T8
-- What the limits of tasks are decided by equals the tasks that there are.
SELECT b.account_id::text AS subject,
       format('counts %s live and %s waiting tasks, has %s and %s; %s succeeded, %s; %s failed, %s; %s canceled, %s',
              b.tasks_live, b.tasks_queued, t.live, t.queued, b.tasks_succeeded, t.succeeded, b.tasks_failed, t.failed,
              b.tasks_canceled, t.canceled) AS detail
FROM balances b LEFT JOIN (
    SELECT account_id, count(*) FILTER (WHERE state IN ('queued', 'processing')) AS live,
           count(*) FILTER (WHERE state = 'queued') AS queued,
           count(*) FILTER (WHERE state = 'succeeded' AND deleted_at IS NULL) AS succeeded,
           count(*) FILTER (WHERE state = 'failed' AND deleted_at IS NULL) AS failed,
           count(*) FILTER (WHERE state = 'canceled' AND deleted_at IS NULL) AS canceled
    FROM tasks GROUP BY account_id) counted ON counted.account_id = b.account_id,
LATERAL (SELECT coalesce(counted.live, 0) AS live, coalesce(counted.queued, 0) AS queued,
                coalesce(counted.succeeded, 0) AS succeeded, coalesce(counted.failed, 0) AS failed,
                coalesce(counted.canceled, 0) AS canceled) t
WHERE (b.tasks_live, b.tasks_queued, b.tasks_succeeded, b.tasks_failed, b.tasks_canceled)
      <> (t.live, t.queued, t.succeeded, t.failed, t.canceled)

-- name: T5
-- A succeeded task has its videos stored, hashed and probed, until its owner deletes it.
SELECT t.id::text AS subject, 'no probed video' AS detail FROM tasks t
WHERE t.state = 'succeeded' AND t.deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM artifacts a WHERE a.task_id = t.id AND a.kind = 'video' AND a.duration_s IS NOT NULL)

-- name: T6
-- Every delivery of an event has the one id of its task's end, and an ended task has a delivery to each address that it
-- named. Deliveries are kept for a month, and there were none before the migration that brought them.
SELECT task_id::text AS subject, 'delivery ' || id || ' has the event id ' || event_id AS detail
FROM webhook_deliveries WHERE event_id <> 'evt_' || replace(task_id::text, '-', '')
UNION ALL
SELECT t.id::text, 'no delivery to ' || url
FROM tasks t, LATERAL (SELECT t.spec ->> 'webhook_url' AS url
                       UNION SELECT jsonb_array_elements_text(t.spec -> 'webhook_copies')) AS asked
WHERE t.state IN ('succeeded', 'failed', 'canceled') AND url IS NOT NULL
  AND t.completed_at > greatest(now() - interval '7 days',
                                (SELECT applied_at FROM reelgate_migrations WHERE name LIKE '%_webhooks.sql'))
  AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.task_id = t.id AND d.endpoint_id IS NULL AND d.url = asked.url)
