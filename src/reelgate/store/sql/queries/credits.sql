-- name: grant_credits
-- Issue microcredits to an account as a new lot; returns what is available afterwards.
WITH lot AS (
    INSERT INTO lots (account_id, test, kind, source, priority, granted, remaining, expires_at, created_at)
    SELECT id, test, $3, $4, $5, $2, $2, $6, $9 FROM accounts WHERE id = $1
    RETURNING id, account_id
), balance AS (
    UPDATE balances b SET available = b.available + $2 FROM lot WHERE b.account_id = lot.account_id
    RETURNING b.available
), transfer AS (
    INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
    SELECT account_id, CASE WHEN $4 = 'adjustment' THEN 'adjust' ELSE 'grant' END,
           CASE WHEN $4 = 'adjustment' THEN 'adjustment' ELSE 'issued_' || $3 END, 'available', $2, id, $7, $8, $9
    FROM lot
)
SELECT available FROM balance

-- name: withdraw_credits
-- Take unreserved microcredits from an account as an adjustment; true unless there are too few.
SELECT withdraw_credits($1, $2, $3, $4, $5)

-- name: refund_task
-- Give back some of what a task has posted; true unless it has posted less.
SELECT refund_task($1, $2, $3, $4, $5)

-- name: expire_lots
-- Take out of expired lots what is not reserved; returns of how many.
SELECT expire_lots($1)

-- name: list_lots
-- An account's lots in the order in which they are burned; $2 leaves out those with nothing in them.
SELECT id, kind, source, priority, granted, remaining, reserved, expires_at, created_at
FROM lots WHERE account_id = $1 AND (NOT $2 OR remaining + reserved > 0)
ORDER BY priority, expires_at, id

-- name: cap_key
-- Bound what a key and its successors may spend; true unless there is no such key.
SELECT cap_key((SELECT coalesce(spends_as, id) FROM api_keys WHERE id = $1), $2, $3, $4)

-- name: list_caps
-- The caps of an account's keys, with what counts against them in a month; of keys that spend as one, the newest is named.
SELECT n.id AS key_id, n.prefix, c.total_cap, c.total_spent, c.month_cap,
       CASE WHEN c.month >= month_of($2) THEN c.month_spent ELSE 0 END AS month_spent
FROM key_caps c JOIN api_keys k ON k.id = c.key_id,
LATERAL (SELECT id, prefix FROM api_keys WHERE coalesce(spends_as, id) = c.key_id ORDER BY created_at DESC, id DESC LIMIT 1) n
WHERE k.account_id = $1 ORDER BY k.created_at

-- name: set_budget
-- Bound what an account may spend in a calendar month; NULL unbinds it.
UPDATE balances SET month_budget = $2 WHERE account_id = $1 RETURNING account_id

-- name: load_budget
-- What an account may spend in a month, and what it has.
SELECT month_budget, CASE WHEN month >= month_of($2) THEN month_spent ELSE 0 END AS month_spent
FROM balances WHERE account_id = $1

-- name: usage_lines
-- An account's transfers in a span of time, oldest first.
SELECT * FROM usage_lines WHERE account_id = $1 AND created_at >= $2 AND created_at < $3 ORDER BY id

-- name: usage_before
-- What an account had available and reserved, and had been charged, before a time.
SELECT coalesce(sum(available), 0)::bigint AS available, coalesce(sum(reserved), 0)::bigint AS reserved,
       coalesce(sum(charged), 0)::bigint AS charged
FROM usage_lines WHERE account_id = $1 AND created_at < $2

-- name: create_voucher
-- Store a voucher under the digest of its code.
INSERT INTO vouchers (id, sha256, prefix, test, kind, priority, amount, uses_max, expires_at, lot_days, actor, reason,
                      created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: list_vouchers
-- All vouchers, without anything that would let one redeem them.
SELECT id, prefix, test, kind, amount, uses_max, uses, expires_at, lot_days, reason, created_at
FROM vouchers ORDER BY created_at

-- name: redeem_voucher
-- Make a lot of a voucher; no row when there is none for this account. A second time by the same account fails.
WITH voucher AS (
    UPDATE vouchers v SET uses = v.uses + 1 FROM accounts a
    WHERE v.sha256 = $2 AND a.id = $1 AND a.test = v.test AND v.uses < v.uses_max
      AND (v.expires_at IS NULL OR v.expires_at > $3)
    RETURNING v.*, a.id AS account_id
), lot AS (
    INSERT INTO lots (account_id, test, kind, source, priority, granted, remaining, expires_at, created_at)
    SELECT account_id, test, kind, 'voucher', priority, amount, amount, $3 + lot_days * interval '1 day', $3 FROM voucher
    RETURNING id, account_id, kind, granted
), redemption AS (
    INSERT INTO redemptions (voucher_id, account_id, lot_id, created_at)
    SELECT v.id, v.account_id, l.id, $3 FROM voucher v, lot l
), balance AS (
    UPDATE balances b SET available = b.available + l.granted FROM lot l WHERE b.account_id = l.account_id
    RETURNING b.available
), transfer AS (
    INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
    SELECT l.account_id, 'grant', 'issued_' || l.kind, 'available', l.granted, l.id, 'voucher', v.prefix, $3
    FROM lot l, voucher v
)
SELECT l.granted, b.available FROM lot l, balance b

-- name: create_payment
-- Note that an account is about to pay; its account's kind decides whether with real money.
INSERT INTO payments (id, account_id, test, package, amount, price, currency, created_at)
SELECT $1, id, test, $3, $4, $5, $6, $7 FROM accounts WHERE id = $2
RETURNING test

-- name: note_session
-- Note the session of a payment, unless it is known.
UPDATE payments SET session_id = $2 WHERE id = $1 AND session_id IS NULL

-- name: settle_payment
-- Make a lot of a payment that was made, once.
SELECT settle_payment($1, $2, $3, $4, $5, $6, $7, $8)

-- name: expire_payment
-- Close a payment that can no longer be made.
UPDATE payments SET state = 'expired', settled_at = $2 WHERE id = $1 AND state = 'open' RETURNING id

-- name: open_payments
-- Payments from before a time whose session is known and whose outcome is not.
SELECT id, session_id, test FROM payments
WHERE state = 'open' AND session_id IS NOT NULL AND created_at < $1 ORDER BY created_at LIMIT 100

-- name: list_payments
-- The newest payments of an account, or of all, with what is held back of them.
SELECT p.id, a.name AS account, p.package, p.amount, p.price, p.currency, p.state, p.note, p.reversed, p.owed,
       (SELECT coalesce(array_agg(format('%s %s', r.kind, r.status) ORDER BY r.created_at, r.id), '{}')
        FROM payment_reversals r WHERE r.payment_id = p.id OR r.intent_id = p.intent_id) AS reversals,
       p.created_at, p.settled_at
FROM payments p JOIN accounts a ON a.id = p.account_id
WHERE $1::uuid IS NULL OR p.account_id = $1 ORDER BY p.created_at DESC, p.id LIMIT $2

-- name: note_reversal
-- Note what was told of a refund or dispute, and take credits back or return them, once.
SELECT note_reversal($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: collect_owed
-- Take what is owed of payments out of their lots where something has returned to them; returns of how many.
WITH found AS MATERIALIZED (
    SELECT p.id FROM payments p JOIN lots l ON l.id = p.lot_id
    WHERE p.owed > 0 AND l.unspent ORDER BY p.account_id, p.id LIMIT 100
)
SELECT count(reverse_payment(id, $1)) FROM found

-- name: prune_reversals
-- Forget what was told of payments that nobody here has heard of.
DELETE FROM payment_reversals r WHERE r.updated_at < $1
  AND NOT EXISTS (SELECT FROM payments p WHERE p.id = r.payment_id OR p.intent_id = r.intent_id)

-- name: take_watch
-- Whoever asks the payment service next; returns when it was last asked, or nothing while that was after $2.
WITH watch AS (
    INSERT INTO payment_watch (asked_at) VALUES ($1)
    ON CONFLICT (one) DO UPDATE SET asked_at = $1 WHERE payment_watch.asked_at <= $2
    RETURNING one
)
SELECT coalesce((SELECT asked_at FROM payment_watch), $2) AS asked_at FROM watch

-- name: load_charge
-- What a task was charged and has not got back.
SELECT posted - refunded FROM reservations WHERE task_id = $1
